"""The scripts of the container image: preparation, commands and the health check."""
