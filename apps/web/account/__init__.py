"""The door before every desk, and behind it what is one's own: password and second factor, whom one acts for, messages, sessions, one's data."""
