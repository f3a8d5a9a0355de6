"""Login: one-time links, tokens, login sessions, and who is allowed to sign in."""
