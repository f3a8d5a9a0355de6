"""Login mail: the messages and the transport that sends them."""
