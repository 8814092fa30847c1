"""Registers kinds of events and personal data with contacts."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from wabolt.channels.models import Channel
from wabolt.consent.registry import named_by, register_evidence
from wabolt.contacts.registry import (
    EventFact,
    EventKind,
    PersonalData,
    PersonalRows,
    names_of,
    register_event_kinds,
    register_last_contact,
    register_personal_data,
    register_personal_rows,
    register_source,
)
from wabolt.messaging.erasing import files_of, raw_events_of
from wabolt.messaging.inbound.services.intake import SOURCE
from wabolt.messaging.outbox.queries import link_lines
from wabolt.messaging.store.models import Message
from wabolt.messaging.store.queries import last_contact, message_lines
from wabolt.ui.filters import local_time


def register() -> None:
    """Called from `MessagingConfig.ready`."""
    register_source(SOURCE, "WhatsApp")
    register_evidence("message", named_by(Message, "created_at", local_time))
    register_event_kinds(
        EventKind("message_sent", _("Message sent"), "send", "messages", "info", lines=message_lines),
        EventKind("message_delivered", _("Message delivered"), "checks", "messages", lines=message_lines),
        EventKind("message_read", _("Message read"), "eye", "messages", "primary", lines=message_lines),
        EventKind("message_failed", _("Message failed"), "alert-circle", "messages", "bad", lines=message_lines),
        EventKind(
            "message_held",
            _("Held back by WhatsApp, sent again later"),
            "clock",
            "messages",
            "warning",
            lines=message_lines,
        ),
        EventKind(
            "message_received",
            _("Wrote to us"),
            "message",
            "messages",
            "good",
            lines=message_lines,
            facts=(EventFact("channel", _("WhatsApp number"), names_of(Channel)),),
        ),
        EventKind(
            "message_reacted",
            _("Reacted"),
            "mood-smile",
            "messages",
            "good",
            lambda data: str(data.get("sign") or "")[:20],
        ),
        EventKind("message_edited", _("Changed a message"), "edit", "messages", lines=message_lines),
        EventKind("message_deleted", _("Deleted a message"), "trash", "messages"),
        EventKind("broadcast_replied", _("Replied to a broadcast"), "message", "messages", "good", lines=message_lines),
        EventKind(
            "link_clicked",
            _("Opened a link"),
            "click",
            "messages",
            "primary",
            lines=link_lines,
        ),
    )
    register_last_contact(last_contact)
    _register_personal_data()


def _register_personal_data() -> None:
    register_personal_data(
        PersonalData("messaging_click", _("Clicks")),
        PersonalData(
            "messaging_conversation", _("Conversations"), once=("channel_id",), secret=("dialog_kind", "dialog_data")
        ),
        PersonalData(
            "messaging_message",
            _("Messages"),
            once=("origin_kind", "origin_id"),
            by_room=True,
            keeps=("origin_kind", "idempotency_key", "reason"),
            secret=("idempotency_key", "provider_id", "lane_token"),
            count_words=lambda count: ngettext("%(count)s message", "%(count)s messages", count),
        ),
    )
    register_personal_rows(
        PersonalRows("media_mediafile", _("Files of messages"), files_of),
        PersonalRows(
            "channels_rawevent",
            _("Technical copies of events from WhatsApp"),
            lambda workspace, ids: len(raw_events_of(workspace, ids)),
            fate="emptied",
            read=raw_events_of,
        ),
    )
