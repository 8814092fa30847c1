"""A sample room: what customers wish for. `tests/guards/test_new_room.py` adds it to the others.

It has what a new room has: a table, events, a segment field, variables, an importer, an alert, a page. It registers all
of them in `AppConfig.ready()` and changes no file of another room.
"""
