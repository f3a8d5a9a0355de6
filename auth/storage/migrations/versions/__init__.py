"""The steps. A released step is never changed, because there are databases that have taken it."""
