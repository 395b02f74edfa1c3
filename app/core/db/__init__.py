"""The database: its engine, outages and retries, and the unique keys of names."""
