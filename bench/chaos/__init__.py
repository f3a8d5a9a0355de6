"""The chaos test: everything that can be killed, paused or starved is, under load; afterwards nothing may be lost."""
