"""The components of the design system, by family; `templatetags/ui.py` gathers them into one library."""
