"""Attacks on the running app. Each promise comes with a variant that lacks the protection, which its check must notice."""
