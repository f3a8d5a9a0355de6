"""Turns: one prompt or shell command from the queue to its result."""
