"""Segments: questions about contacts, written by choosing or by typing, compiled to SQL.

Owns: Segment and the segment language. Registers: its audit actions, its pages, its search results, and "Save as a
segment" in the contact list. Rooms register the fields that they own in `wabolt.lib.segmentation`, and buttons on a
segment's page in `registry.py`. Start reading in `README.md`, then `rules/tree.py` and `queries/compiler.py`.
"""
