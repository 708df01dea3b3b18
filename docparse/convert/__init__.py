"""A Document to each output format, and JSON back to a Document."""
