"""The working-day calendar of the city and its nodes: read by who administers or oversees, kept by node administrators."""
