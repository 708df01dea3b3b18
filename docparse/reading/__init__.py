"""Page reading: a page's picture to an engine, its reply to blocks."""
