"""What others did that concerns a person."""
