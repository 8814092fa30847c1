"""The generic import engine: an uploaded file, its mapping, a background run in chunks, and the refused rows.

Owns the models `Import`, `ImportPart` and `ImportRejection`, the wizard, the job and the command `wabolt import`. It
knows nothing about people or orders. A room that can take rows registers an `Importer` in `registry.py`; contacts and
commerce do. Start reading at `registry.py`, then `services/runner.py`.
"""
