"""A path or bytes to pages: words of the text layer, pictures, links, fields, native rendering."""
