"""Tickets: faults and requests of signed customers, logged and worked by maintenance."""
