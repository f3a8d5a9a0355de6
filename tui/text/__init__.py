"""Text as data: sanitized, coloured, and laid out for a width. Independent of widgets."""
