"""Composing a broadcast: drafts, template variables, copies and test messages."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries import media_of, sample_variables
from wabolt.broadcasts.rules import EDITABLE
from wabolt.broadcasts.services.common import ORIGIN, audit
from wabolt.broadcasts.services.common import locked as lock
from wabolt.channels.models import Channel
from wabolt.channels.registry import capabilities
from wabolt.consent.queries import suppressed_values
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.media.models import MediaFile
from wabolt.media.services import hold_media
from wabolt.messaging.models import Message, MessageContent, Template
from wabolt.messaging.queries import reads_as
from wabolt.messaging.services import (
    Draft,
    check_carried,
    check_template,
    check_template_media,
    create_content,
    create_template_content,
    queue_to_member,
)
from wabolt.personalization import queries as rendering
from wabolt.segments.models import Segment

TEST_NUMBERS = 5
"""Different phone numbers that may get test messages within a day."""
State = Broadcast.State


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftValues:
    """The values of a draft that a member chooses. With a template, its own text with the `parameters` replaces `text`
    (`parameters` None: the stored ones). `content_class`: as in MessageContent."""

    channel: Channel
    segment: Segment
    name: str
    text: str
    holdout_percent: int = 0
    voucher_percent: int = 0
    voucher_days: int = 14
    attribution_days: int = 7
    expires_hours: int = 0
    template: Template | None = None
    parameters: Mapping[str, str] | None = None
    media: MediaFile | None = None
    content_class: str = MessageContent.Class.PROMOTION


def save_draft(
    *,
    workspace: Workspace,
    values: DraftValues,
    creation_key: uuid.UUID | None = None,
    user: User | None = None,
    broadcast: Broadcast | None = None,
) -> Broadcast:
    """Creates a draft or, given `broadcast`, changes one that has not started.

    The same `creation_key` twice (a double submit, a form sent again after Back) is one broadcast; while it is a draft
    the later values win.

    Raises DomainError for a text that cannot be rendered, for a file that the channel or template does not accept, and
    "needs_template" for channels whose promotions must be approved.
    """
    text = rendering.plain_newlines(values.text)
    template = _template_for(values.channel, values.template)
    parameters: dict[str, str] = {}
    if template is None:
        rendering.validate_text(workspace, text, Message.Purpose.MARKETING)
        _check_carried(workspace, values.channel, values.media, text)
    else:
        check_template_media(template=template, media=values.media)
        stored = broadcast.parameters if broadcast and broadcast.template_id == template.pk else {}
        parameters = dict(stored if values.parameters is None else values.parameters)
        text = reads_as(template.components, parameters)
    if values.media is not None:
        hold_media(media=values.media)
    columns = {field.name: getattr(values, field.name) for field in fields(values)} | {
        "segment_tree": values.segment.tree, "name": values.name.strip(), "text": text,
        "template": template, "parameters": parameters,
        "to_strangers": False,  # permission to write to strangers was given for the segment as it was
    }  # fmt: skip
    if broadcast is None:
        broadcast, is_new = _created(workspace, creation_key or uuid.uuid4(), user, columns)
        if is_new or broadcast.state not in EDITABLE:
            return broadcast
    with transaction.atomic():
        locked = lock(broadcast)
        if locked.state not in EDITABLE:
            raise DomainError(_("This broadcast has already started and can no longer be changed."), code="started")
        for field, value in columns.items():
            setattr(locked, field, value)
        locked.save()
    return locked


def _created(
    workspace: Workspace, key: uuid.UUID, user: User | None, values: Mapping[str, Any]
) -> tuple[Broadcast, bool]:
    """Returns the broadcast of this key, and whether it is new."""
    try:
        with transaction.atomic():
            created = Broadcast.objects.create(workspace=workspace, creation_key=key, created_by=user, **values)
            record_audit(workspace=workspace, actor=user, action="broadcast.create", target=(ORIGIN, created.pk))
            return created, True
    except IntegrityError:
        return Broadcast.objects.get(workspace=workspace, creation_key=key), False


def _check_carried(workspace: Workspace, channel: Channel, media: MediaFile | None, text: str) -> None:
    """Checks the length of the caption as recipients see it: with short links and the stop line."""
    if media is not None:
        check_carried(channel=channel, media=media, caption=rendering.preview(workspace, text, None))


def _template_for(channel: Channel, template: Template | None) -> Template | None:
    if not capabilities(channel.provider).needs_templates:
        return None
    if template is None:
        message = _("Promotions from this number need a template that Meta has approved. Choose one.")
        raise DomainError(message, code="needs_template", field="template")
    if template.channel_id != channel.pk:
        message = _("This template belongs to another number.")
        raise DomainError(message, code="other_channel", field="template")
    return template


@transaction.atomic
def fill_template(*, broadcast: Broadcast, parameters: Mapping[str, str]) -> Broadcast:
    """Sets the texts of the template's variables. Raises DomainError with the variable as its field."""
    locked = lock(broadcast)
    if locked.state not in EDITABLE or locked.template is None:
        raise DomainError(_("This broadcast has already started and can no longer be changed."), code="started")
    purpose = Message.Purpose.MARKETING
    check_template(
        workspace=locked.workspace, template=locked.template, parameters=parameters, purpose=purpose,
        media=media_of(locked),
    )  # fmt: skip
    locked.parameters = {key: text.strip() for key, text in parameters.items()}
    locked.text = reads_as(locked.template.components, locked.parameters)
    locked.save(update_fields=["parameters", "text"])
    return locked


def is_ready(broadcast: Broadcast) -> bool:
    """True if all template variables are filled and Meta still allows the template."""
    if broadcast.template is None:
        return True
    try:
        check_template(
            workspace=broadcast.workspace, template=broadcast.template, parameters=broadcast.parameters,
            purpose=Message.Purpose.MARKETING, media=media_of(broadcast),
        )  # fmt: skip
    except DomainError:
        return False
    return True


def content_of(broadcast: Broadcast) -> MessageContent:
    """Creates the content that the broadcast's messages share. Raises DomainError if it cannot be sent any more."""
    media = media_of(broadcast)
    if broadcast.template is None:
        _check_carried(broadcast.workspace, broadcast.channel, media, broadcast.text)
        return create_content(
            workspace=broadcast.workspace, text=broadcast.text, media=media, content_class=broadcast.content_class
        )
    return create_template_content(
        workspace=broadcast.workspace, template=broadcast.template, parameters=broadcast.parameters, media=media,
        content_class=broadcast.content_class,
    )  # fmt: skip


@transaction.atomic
def set_to_strangers(*, broadcast: Broadcast, allowed: bool) -> None:
    """Allow or forbid a draft to reach contacts who never wrote, on channels that exclude them. Raises DomainError
    "started"."""
    if not Broadcast.objects.filter(pk=broadcast.pk, state=State.DRAFT).update(to_strangers=allowed):
        raise DomainError(_("This broadcast has already begun."), code="started")
    audit(broadcast, "broadcast.strangers", {"allowed": allowed})


@transaction.atomic
def delete_draft(*, broadcast: Broadcast) -> None:
    """Deletes a draft. Raises DomainError for any other state."""
    locked = lock(broadcast)
    if locked.state != State.DRAFT:
        raise DomainError(_("Only a draft can be deleted. A broadcast that was sent stays on record."), code="started")
    record_audit(workspace=locked.workspace, action="broadcast.delete", data={"name": locked.name})
    locked.delete()


def copy_broadcast(*, broadcast: Broadcast, user: User | None = None) -> Broadcast:
    """Creates a draft with the values of `broadcast`. Raises DomainError if its segment no longer exists."""
    if broadcast.segment is None:
        raise DomainError(_("The segment of this broadcast no longer exists."), code="no_segment")
    return save_draft(
        workspace=broadcast.workspace,
        values=DraftValues(
            channel=broadcast.channel,
            segment=broadcast.segment,
            name=broadcast.name,
            text=broadcast.text,
            holdout_percent=broadcast.holdout_percent,
            voucher_percent=broadcast.voucher_percent,
            voucher_days=broadcast.voucher_days,
            attribution_days=broadcast.attribution_days,
            expires_hours=broadcast.expires_hours,
            template=broadcast.template,
            parameters=broadcast.parameters,
            media=media_of(broadcast),
            content_class=broadcast.content_class,
        ),
        user=user,
    )


@transaction.atomic
def send_test(*, broadcast: Broadcast, phone: str, text: str) -> None:
    """Sends the rendered `text` to the member's own number (E.164), which does not become a contact.

    Test messages do not bypass consent: at most TEST_NUMBERS different numbers a day, and none that has opted out.
    """
    workspace = broadcast.workspace
    if suppressed_values(workspace, "phone", [phone]):
        raise DomainError(_("That number has asked for no more messages."), code="suppressed_number")
    today = clock.now() - timedelta(days=1)
    tried = Message.objects.filter(workspace=workspace, origin_kind="test", created_at__gt=today)
    if tried.exclude(to_phone=phone).values("to_phone").distinct().count() >= TEST_NUMBERS:
        raise DomainError(
            _("Trials went to too many different numbers today. Use one of those numbers."), code="too_many"
        )
    content = content_of(broadcast) if broadcast.template else None
    draft = Draft(
        purpose=Message.Purpose.SERVICE, origin_kind="test", origin_id=broadcast.pk, key=uuid.uuid4().hex,
        to_phone=phone, text="" if content else text, content=content, priority=Message.Priority.SERVICE,
        variables=sample_variables(broadcast) if content else {}, media=None if content else media_of(broadcast),
    )  # fmt: skip
    queue_to_member(workspace=workspace, channel=broadcast.channel, draft=draft)
    audit(broadcast, "broadcast.test")
