"""Text as data: cleaned, coloured, laid out for a width. Nothing here knows a widget."""
