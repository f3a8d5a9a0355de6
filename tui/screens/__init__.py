"""Screens arrange widgets, and are the only ones to speak to the client."""
