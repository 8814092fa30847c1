"""The segment fields about messages from the contact."""

from django.utils.translation import pgettext_lazy as pgettext

from wabolt.lib.segmentation import FieldGroup, FieldSpec, Kind, flag, moment, reads, register_fields

MESSAGES = FieldGroup("messages", pgettext("segment", "Messages"), 50)

WRITTEN = frozenset({"message_received", "chat_found"})
"""The events of a message from the contact: a new one, or one found when the number was linked."""


def register() -> None:
    """Called from `MessagingConfig.ready`."""
    register_fields(
        MESSAGES,
        FieldSpec(
            "last reply",
            Kind.MOMENT,
            "messages",
            pgettext("segment", "Last message from them"),
            words={"id": ("pesan terakhir", "balasan terakhir")},
            aliases=("last_reply", "reply"),
            leaf=moment("c.last_inbound_at"),
            tables=reads("c"),
            changed_by=WRITTEN,
        ),
        FieldSpec(
            "has written",
            Kind.FLAG,
            "messages",
            pgettext("segment", "Message from them"),
            words={"id": ("pernah menulis",)},
            aliases=("written", "wrote", "chat"),
            leaf=flag("c.last_inbound_at IS NOT NULL"),
            tables=reads("c"),
            changed_by=WRITTEN,
        ),
    )
