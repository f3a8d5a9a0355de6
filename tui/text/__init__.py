"""Text as data: made harmless, coloured, laid out for a width. Knows no widget."""
