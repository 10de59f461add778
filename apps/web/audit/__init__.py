"""Who looked at which personal data, why and when; for auditors, reading only."""
