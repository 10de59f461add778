"""Watching: kept statistics, the oversight board's numbers, stuck deliveries and the patrol of impossible states, and red and yellow cards."""
