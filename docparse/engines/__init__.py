"""Whatever turns a prompt and a picture into text: our own model, a server, scripted replies."""
