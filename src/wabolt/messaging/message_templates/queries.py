"""Reads of approved templates."""

from collections.abc import Sequence

from django.db.models import QuerySet

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.consent.queries import is_stop, tells_how_to_stop
from wabolt.messaging.message_templates import rules
from wabolt.messaging.message_templates.models import Template
from wabolt.messaging.store.models import Message


def templates(workspace: Workspace, channel: Channel | None = None) -> QuerySet[Template]:
    """The templates of channels in use, or of one channel."""
    found = Template.objects.filter(workspace=workspace, channel__archived_at=None)
    found = found if channel is None else found.filter(channel=channel)
    return found.select_related("channel").order_by("channel", "name", "language")


def personal_templates(workspace: Workspace, channel: Channel) -> list[Template]:
    """The approved templates of a channel that a member can send to one contact."""
    approved = templates(workspace, channel).filter(status="approved").exclude(category="authentication")
    return [template for template in approved if not rules.unsupported(template.components)]


def purpose_of(template: Template) -> str:
    """The purpose of a template's messages: "utility" templates are service messages, all others are promotions."""
    return Message.Purpose.SERVICE if template.category == "utility" else Message.Purpose.MARKETING


def says_how_to_stop(components: Sequence[rules.Component]) -> bool:
    """Whether a template tells its reader how to get no more promotions, in its text or by a button."""
    if tells_how_to_stop(rules.reads_as(components, {})):
        return True
    return any(is_stop(title) for title in rules.reply_titles(components))


def has_gaps(template: Template) -> bool:
    """Whether something has to be given to send the template: a value for a gap, or a file for its header."""
    return bool(rules.variables(template.components) or rules.header_file(template.components))
