"""Who and where: regions, departments, halls, zones, windows, staff posts, citizens, enterprises and mandates."""
