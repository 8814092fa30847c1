"""Workspaces, the people in them, their grants (invitations, keys, sessions), and the audit log.

Owns: Workspace, User, Membership, ApiKey, Invitation, SignInLink, AuditEntry. Registers: its audit actions, its pages
under "Settings", and the place "Settings" in the navigation. Other rooms register theirs in `registry.py`.
Start reading in `models.py`, then `services/grants.py` and `services/audit.py`. Sign-in is allauth's, with our parts in
`adapter.py`, `devices.py` and `receivers.py`. `queries.api_key_for` finds the key of a program.
"""
