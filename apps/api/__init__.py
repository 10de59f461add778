"""The same actions over HTTP and JSON (DRF, OpenAPI) for phones, departments and callbacks; a door with no tables of its own."""
