"""The shipped checkpoint from nothing: synthetic lines, the stages of training, checkpoints."""
