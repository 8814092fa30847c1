"""The components of the design system, by family; `templatetags/ui.py` combines them into one library."""
