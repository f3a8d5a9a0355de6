"""Claude Code processes: how many may run, how they start, and who uses them."""
