"""Pure counting of days: no database, no Django, no today. Callers hand in the calendar and the numbers of the law.

calendar → counting → {intake, decision, periods, bundle} → {telling, reading} → ask; a file imports only files left of it.
"""
