"""What holds for every request: headers, errors, sessions, templates, menu, health, log."""
