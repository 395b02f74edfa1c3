"""Activities: one row per contact with a customer; counted, they are the call volume (电话量)."""
