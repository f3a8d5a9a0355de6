"""Email: the messages, and the transport that sends them."""
