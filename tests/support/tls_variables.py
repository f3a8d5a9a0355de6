"""What clients that never speak TLS are given."""

import ssl

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody. Without it a client loads the certificates of the world: 20 ms of a core, and tests make thousands."""
