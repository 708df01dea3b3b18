"""Scores and speeds beside those of a peer, on the same files in one run."""
