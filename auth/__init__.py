"""The front door: the only process on the public port. Who are you, may you pass, then pass it on."""
