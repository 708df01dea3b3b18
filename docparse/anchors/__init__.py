"""Words and image boxes of a PDF page to olmOCR anchor text."""
