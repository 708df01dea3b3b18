"""What records may hold: schemas by name, Japanese values, and the law of consumption tax."""
