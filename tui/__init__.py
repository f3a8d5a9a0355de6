"""The agent on a screen: the Textual app, and the server that gives it to browsers."""
