"""The HTTP side of the API: the app, its routes, and how requests and answers are read and written."""
