"""Page work in processes of its own: a crash or a hang costs a page, not the run."""
