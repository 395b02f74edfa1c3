"""Journeys of people in a real Chromium, against the real server on the loopback address."""
