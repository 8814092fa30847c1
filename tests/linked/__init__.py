"""Linked numbers with the real client and the test WhatsApp server (`tests.waserver`)."""
