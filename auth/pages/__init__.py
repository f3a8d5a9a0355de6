"""The gateway's own pages: views, templates and assets."""
