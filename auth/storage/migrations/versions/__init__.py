"""The steps. A step that was released is never changed: there are databases that took it."""
