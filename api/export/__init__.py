"""A conversation as a file that can be kept, read and shown without this product."""

from api.export.conversation import Called, Part, Said, Thought, parts_of
from api.export.html import as_html
from api.export.markdown import as_markdown

__all__ = ["Called", "Part", "Said", "Thought", "as_html", "as_markdown", "parts_of"]
