"""Visits of tracked links."""


def record_click(*, token: str, user_agent: str = "", is_bot: bool = False) -> str:
    """Stores a visit and returns the address to go to. Visits of bots and link previews are kept and not counted; a
    person's are counted once a visit (see VISIT) and become the event `link_clicked`.

    Raises DomainError "unknown_link" for a token that we did not make.
    """
    raise NotImplementedError
