"""Several replicas on one database: which of them runs a session, and how a request reaches it."""
