"""Files of a workspace, reached by a path from outside, and nothing else of the machine."""

from api.files.listing import Entry, Listing, list_folder
from api.files.paths import Place
from api.files.reading import OpenFile, in_thread
from api.files.writing import Upload, remove

__all__ = [
    "Entry",
    "Listing",
    "OpenFile",
    "Place",
    "Upload",
    "in_thread",
    "list_folder",
    "remove",
]
