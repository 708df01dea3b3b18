"""The local app: documents read, looked at and corrected in a browser, and an HTTP interface."""
