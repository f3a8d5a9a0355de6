"""The door's own views, one module for each errand."""
