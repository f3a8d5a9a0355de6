"""The screens arrange widgets and use the client."""
