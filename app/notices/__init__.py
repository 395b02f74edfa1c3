"""Notices: what others did that concerns a person, counted on the bell, kept until read."""
