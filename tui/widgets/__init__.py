"""Small widgets with typed messages. Attributes go down, messages come up; none of them knows the api's client.

Each module shows itself: `python -m tui.widgets.items.tool_card`.
"""
