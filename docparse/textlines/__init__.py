"""Where lines of text stand on the picture of a page, and the pictures of single lines."""
