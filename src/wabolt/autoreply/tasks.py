"""Background work of automatic replies."""

from wabolt.autoreply.services import check_app_answers, expire_chat_forms, forget_unanswered, read_due_answers
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


@jobs.every("47 * * * *", "autoreply.check_app_answers")
def check_app() -> None:
    """Once an hour: opens and resolves alerts about WhatsApp Business apps that answer customers too."""
    check_app_answers()
