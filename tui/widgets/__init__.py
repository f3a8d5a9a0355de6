"""The widgets. Data goes in through attributes and methods, user actions come out as messages; none uses the client.

Each module runs alone with sample data: `python -m tui.widgets.todo_list`.
"""
