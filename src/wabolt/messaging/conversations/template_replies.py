"""Approved templates that a member sends to one contact, when free text is not allowed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import phone_of
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.media.models import MediaFile
from wabolt.messaging.conversations.replies import MEMBER, member_key, queue_for
from wabolt.messaging.message_templates import rules
from wabolt.messaging.message_templates.models import Template
from wabolt.messaging.message_templates.queries import purpose_of
from wabolt.messaging.message_templates.services import create_template_content
from wabolt.messaging.outbox.queries import reason_words, send_decision
from wabolt.messaging.outbox.services.contents import limit_content
from wabolt.messaging.store.drafts import Draft
from wabolt.messaging.store.models import Message, MessageContent
from wabolt.messaging.store.queries import message_by_key
from wabolt.personalization import queries as rendering

LOOKS_BACK = 20
"""Number of earlier uses of a template that are searched for values of its gaps."""
PROMOTION_LIVES = timedelta(days=2)
"""A promotion to one person expires after this time if quiet hours, a pause or a retry keep it from going out."""
_KNOWN = {
    "first_name": "first_name",
    "nama_depan": "first_name",
    "nama": "first_name",
    "name": "first_name",
    "kota": "city",
    "city": "city",
    "email": "email",
    "telepon": "phone",
    "phone": "phone",
}


def gaps_for(*, template: Template, contact: Contact) -> dict[str, str]:
    """Suggested values for the gaps of a template, as {variable: text}.

    The first of these that exists: the contact's value for the variable that filled the gap in an earlier use; the
    contact's value for a variable with the gap's name; for the first gap, the first name. Else "". Literal text of an
    earlier use is never reused, because it may have been meant for another person.
    """
    earlier = MessageContent.objects.filter(template=template).order_by("-pk").values_list("parameters", flat=True)
    used: dict[str, str] = {}
    for parameters in earlier[:LOOKS_BACK]:
        for key, text in parameters:
            if "{{" in text:
                used.setdefault(key, text)
    person = rendering.person_of(contact, phone_of(contact))
    shop = rendering.shop_of(contact.workspace)
    gaps = {}
    for variable in rules.variables(template.components):
        text = used.get(variable.key) or _by_name(variable, contact)
        try:
            compiled = rendering.compile_text(text)
            given = rendering.load_values(contact.workspace, compiled.prefixes, [contact.pk]).get(contact.pk, {})
            value = compiled.render(person, given, shop, lambda _n: "") if text else ""
        except rendering.RenderError:
            value = ""
        # A name may look like Liquid. It must stay data, so it is not offered as a value.
        gaps[variable.key] = "" if "{{" in value or "{%" in value else rules.tidy_value(value)
    return gaps


def _by_name(variable: rules.Variable, contact: Contact) -> str:
    name = variable.name.lower()
    if name in contact.fields:
        return f"{{{{ contact.fields.{name} }}}}"
    known = "first_name" if variable.key == "body.1" else _KNOWN.get(name)
    return f"{{{{ contact.{known} }}}}" if known else ""


def reads_for(*, template: Template, contact: Contact, parameters: Mapping[str, str]) -> str:
    """The text of the template for this contact with these values; a value that cannot be rendered stays as it is."""
    values = {}
    for key, text in parameters.items():
        shown = text
        if "{{" in text or "{%" in text:
            try:
                shown = rendering.preview(contact.workspace, text, contact, purpose="service", short_links=False)
            except DomainError:
                shown = text
        if shown.strip():
            values[key] = rules.tidy_value(shown)
    return rules.reads_as(template.components, values)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateReply:
    """An approved template with the texts of its gaps ({variable: Liquid}) and the file on top, from a member.

    The same `form_key` again (a form sent twice) names the message that exists already.
    """

    template: Template
    parameters: Mapping[str, str]
    author: User
    form_key: str = ""
    media: MediaFile | None = None


@transaction.atomic
def queue_template(*, workspace: Workspace, contact: Contact, channel: Channel, reply: TemplateReply) -> Message:
    """Queues an approved template for one contact, as a promotion or a service message by its category.

    Raises DomainError as `create_template_content`, "other_channel", "erased", or with the reason of the policy as its
    code if the policy refuses the message. A message that only has to wait is queued. The lane asks the policy
    again.
    """
    template = reply.template
    if template.channel_id != channel.pk:
        raise DomainError(_("This template belongs to another number."), code="other_channel", field="template")
    purpose = purpose_of(template)
    draft = Draft(
        purpose=purpose, origin_kind=MEMBER, key=member_key(reply.author, reply.form_key), author=reply.author,
        priority=Message.Priority.REPLY,
    )  # fmt: skip
    if (earlier := message_by_key(workspace, draft, contact)) is not None:
        return earlier
    decision = send_decision(workspace, channel, contact, purpose)
    if not decision.allowed and decision.not_before is None:
        message = _("It cannot be sent: %(reason)s.") % {"reason": reason_words(decision.reason)}
        raise DomainError(message, code=decision.reason, field="template")
    content = create_template_content(
        workspace=workspace, template=template, parameters=reply.parameters, purpose=purpose, media=reply.media
    )
    if purpose == Message.Purpose.MARKETING:
        limit_content(content=content, expires_at=clock.now() + PROMOTION_LIVES)
    return queue_for(workspace=workspace, channel=channel, contact=contact, draft=replace(draft, content=content))
