"""监督: the board and the rows behind its numbers, whole cases read-only, and what is stuck."""
