"""The database: its engine, outages and second tries, and the keys that identify."""
