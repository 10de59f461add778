"""What happened: the one door for moves, the append-only hash-chained events, and their deliveries (transactional outbox)."""
