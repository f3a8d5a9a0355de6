"""Gives the terminal app to browsers: one app process a tab, which outlives its socket for a minute."""
