"""Sessions: Claude conversations that outlive their clients."""
