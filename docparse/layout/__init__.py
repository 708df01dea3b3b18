"""Lines of words to blocks with kinds, order and levels."""
