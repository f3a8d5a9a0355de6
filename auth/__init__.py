"""The gateway: the only process on the public port. It authenticates each request and forwards it to api or tui."""
