"""QwenVL HTML and its relatives to Pages and back."""
