"""The terminal app, and the server that shows it in browsers."""
