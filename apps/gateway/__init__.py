"""Everything that crosses the wall: adapters that speak HTTP to outside services, what waits to be sent, and local twins."""
