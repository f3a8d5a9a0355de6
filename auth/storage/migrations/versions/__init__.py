"""The migrations. A released one is never changed, because existing databases have run it."""
