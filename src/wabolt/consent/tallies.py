"""The sums of permissions."""

from wabolt.contacts.registry import TallySource, register_tally


def register() -> None:
    """Called from `ConsentConfig.ready`."""
    register_tally(
        TallySource(
            "consents",
            "consent_consent",
            "SELECT workspace_id, workspace_id AS subject, state AS part, 1 AS amount FROM {rows}"
            " WHERE purpose = 'marketing'",
        )
    )
