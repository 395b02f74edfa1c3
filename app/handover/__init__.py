"""Handover: what a leaver holds goes to others in one transaction, with a preview, a notice, a sheet and a way back."""
