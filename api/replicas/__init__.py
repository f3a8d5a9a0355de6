"""More than one machine: who runs which session, and how its callers find it."""
