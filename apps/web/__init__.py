"""The pages, a directory for each audience (the public, each desk, one's own account); a door with no tables of its own."""
