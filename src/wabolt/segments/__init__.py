"""Segments: conditions on contacts, edited in a builder or as text, compiled to SQL.

Owns: Segment, the segment language, and the members of live segments. Registers: its audit actions, its pages, its
search results, "Save as a segment" in the contact list, a consumer of the event log, and the events of contacts that
enter or leave a segment. Rooms register the fields that they own in `wabolt.lib.segmentation`, and buttons on a
segment's page in `registry.py`. Start reading in `README.md`, then `rules/tree.py` and `queries/compiler.py`; for live
segments in `services/live.py`.
"""
