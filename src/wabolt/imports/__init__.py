"""The generic import engine: an uploaded file, its mapping, a background run in chunks, and the refused rows.

Owns the models `Import`, `ImportPart` and `ImportRejection`, the wizard, the job and the command `wabolt import`. It
does not depend on the kind of data. Rooms register an `Importer` per kind in `registry.py`, for example contacts and
commerce. Start reading at `registry.py`, then `services/runner.py`.
"""
