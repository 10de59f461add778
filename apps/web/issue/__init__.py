"""统一出件: the seal register, results handed over against identity and signature or sent by courier, and the day's issue register."""
