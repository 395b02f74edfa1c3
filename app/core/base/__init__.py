"""What needs nothing of the desk: errors, time, words, texts, values as people read them."""
