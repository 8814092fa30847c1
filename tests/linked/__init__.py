"""The linked number over the real client, against `tests.waserver`: no simulator anywhere."""
