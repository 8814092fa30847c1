"""Files of messages: detected by their bytes, stored once per workspace, served safely, purged when unused.

Owns: MediaFile. Registers nothing. Start reading: `services.py`.
"""
