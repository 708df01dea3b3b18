"""A Document and a schema to a Record: values with page, box, source text and confidence."""
