"""The Qwen2-VL and Qwen2.5-VL stack in plain PyTorch; imports nothing of docparse but itself."""
