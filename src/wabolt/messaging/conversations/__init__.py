"""The conversation page: the thread, replies, templates to one contact, and merges."""
