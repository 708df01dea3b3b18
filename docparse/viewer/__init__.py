"""Documents seen in a browser: page pictures with boxes beside the converted text."""
