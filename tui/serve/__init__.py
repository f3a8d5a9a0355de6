"""Serves the terminal app to browsers. Each tab has an app process, which is kept for a while after it disconnects."""
