"""Messaging's place on the contact page."""


def register_panels() -> None:
    """Puts the conversation on the contact page."""
