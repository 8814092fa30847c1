"""Background work of automatic replies."""

from wabolt.autoreply.services import expire_chat_forms, forget_unanswered, read_due_answers
from wabolt.autoreply.services.asking import READ_DUE
from wabolt.lib import jobs


@jobs.task(READ_DUE)
def read_due() -> None:
    """Reads the answers to chat forms whose pause is over."""
    read_due_answers()


@jobs.every("* * * * *", "autoreply.sweep")
def sweep() -> None:
    """Ends forms that get no answer, and reads answers whose job was lost."""
    expire_chat_forms()
    read_due_answers()


@jobs.every("23 3 * * *", "autoreply.forget")
def forget() -> None:
    """Once a day: deletes old messages that no rule answered."""
    forget_unanswered()
