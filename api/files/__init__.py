"""The files of a workspace, reached by paths from URLs. Nothing else of the machine can be reached."""

from api.files.listing import Entry, Listing, list_folder
from api.files.paths import WorkspacePath
from api.files.reading import OpenFile, in_thread
from api.files.writing import Upload, remove

__all__ = ["Entry", "Listing", "OpenFile", "Upload", "WorkspacePath", "in_thread", "list_folder", "remove"]
