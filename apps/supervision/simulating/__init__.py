"""A lawful city of any size: a few lives walked through the real actions, then stamped out set-based with new numbers.

1. In a savepoint, a handful of cases (item × outcome × day) go through the real actions on days of the past, with their
   clocks swept and their deliveries made on the way; their rows are read back as templates (template.py) and rolled back.
   Every new key comes from a number range of its own, so that each mention of it, in a column, a JSON or a sentence, is known.
2. Each template is stamped out by INSERT … SELECT (stamping.py): new keys, case and document numbers, applicants and
   minutes; the hash of every event is computed anew along its chain, by sha256() over the journal's canonical form.
3. What the rollup counts for the template counts once for each copy (counting.py), and the rollup goes on behind it.
4. For many rows the indexes beside the primary keys are built once, at the end (bulk.py). All of it is one transaction.
"""
