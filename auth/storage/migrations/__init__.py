"""The migrations of the gateway's tables."""
