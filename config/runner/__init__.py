"""The Python behind script/: prepares a machine, runs PostgreSQL, Valkey and the parts of the platform, and tests them."""
