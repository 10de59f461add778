"""People and posts, for the administrator of a node: who works here, in which role, for which zones, and who stands in."""
