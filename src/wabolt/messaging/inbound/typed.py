"""The words that people typed in stored messages."""

from collections.abc import Sequence

from wabolt.messaging.inbound.models import IncomingFile
from wabolt.messaging.inbound.rules import SIGNS, typed_text
from wabolt.messaging.store.models import Message


def typed_texts(messages: Sequence[Message]) -> dict[int, str]:
    """{message id: `rules.typed_text`}. One query if a message may have a file, else none."""
    may_have_file = [message.pk for message in messages if message.text.startswith(SIGNS)]
    files = IncomingFile.objects.filter(message__in=may_have_file) if may_have_file else IncomingFile.objects.none()
    names = dict(files.values_list("message", "name"))
    return {message.pk: typed_text(message.text, names.get(message.pk, "")) for message in messages}
