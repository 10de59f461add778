"""The pages of four audiences (citizen, counter, review, oversight); a door with no tables of its own."""
