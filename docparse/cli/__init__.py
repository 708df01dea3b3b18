"""The docparse command."""
