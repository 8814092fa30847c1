"""Approved templates: synchronising them, submitting new ones, and contents that are sent as a template."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.channels.models import Channel
from wabolt.channels.registry import Media, TemplateInfo, TemplateProvider, capabilities, get_provider
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.media.models import MediaFile
from wabolt.media.queries import media_bytes
from wabolt.messaging.message_templates import rules
from wabolt.messaging.message_templates.models import Template
from wabolt.messaging.message_templates.queries import says_how_to_stop
from wabolt.messaging.outbox.models import TrackedLink
from wabolt.messaging.sendable_files import check_carried
from wabolt.messaging.store.models import Message, MessageContent
from wabolt.personalization import queries as rendering

log = logging.getLogger(__name__)

GONE = "gone"
FOOTER = "Balas STOP untuk berhenti"
MAX_BODY, MAX_BUTTON = 1024, 25
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_GAP = re.compile(r"{{\s*(\d+)\s*}}")


def sync_templates(*, channel: Channel) -> int:
    """Synchronises the templates of a channel's account; deleted ones are kept as "gone".

    Returns how many there are. Raises DomainError, also when Meta cannot be reached.
    """
    infos = _asked(channel, lambda provider: provider.list_templates())
    now = clock.now()
    with transaction.atomic():
        Channel.objects.select_for_update().get(pk=channel.pk)
        for info in infos:
            _keep(channel, info)
        kept = Template.objects.filter(channel=channel, synced_at__lt=now)
        kept.exclude(status=GONE).update(status=GONE, synced_at=now)
    return len(infos)


def sync_all_templates() -> int:
    """Synchronises the templates of every connected channel that has some; returns how many channels were reached."""
    done = 0
    waiting = Channel.objects.filter(archived_at=None, state=Channel.State.CONNECTED).select_related("workspace")
    for channel in waiting.order_by("pk"):
        if capabilities(channel.provider).needs_templates:
            try:
                sync_templates(channel=channel)
            except DomainError as error:
                log.warning("channel %s: templates could not be fetched: %s", channel.pk, error.code)
            else:
                done += 1
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTemplate:
    """A simple template: a body with gaps {{1}}, {{2}} ..., an example for each gap, a footer and quick replies.

    `media`: a sample for a template with a file of that kind in its header.
    """

    name: str
    language: str
    category: str
    body: str
    examples: Sequence[str] = ()
    footer: str = ""
    buttons: Sequence[str] = ()
    media: MediaFile | None = None


def create_template(*, channel: Channel, new: NewTemplate, actor: User | None = None) -> Template:
    """Submits a template for approval. A promotion has to say how to stop; if the body does not, the footer does.

    Raises DomainError with `field`.
    """
    components = _simple_parts(new.name, new.body, new.examples, new.footer, new.buttons, new.category)
    name, language, category = new.name.strip().lower().replace(" ", "_"), new.language, new.category
    sample = None
    if new.media is not None:
        check_carried(channel=channel, media=new.media, caption="")
        data = media_bytes(channel.workspace, new.media.pk)
        sample = Media(new.media.kind, new.media.mime_type, data, new.media.name)
    info = _asked(channel, lambda provider: provider.create_template(name, language, category, components, sample))
    with transaction.atomic():
        template = _keep(channel, info)
        record_audit(
            workspace=channel.workspace,
            actor=actor,
            action="template.create",
            target=("template", template.pk),
            data={"name": name, "language": language, "category": category},
        )
    return template


def _simple_parts(
    name: str, body: str, examples: Sequence[str], footer: str, buttons: Sequence[str], category: str
) -> list[dict[str, Any]]:
    """The components of a template. Raises DomainError for what Meta would reject."""
    name, body = name.strip().lower().replace(" ", "_"), rendering.plain_newlines(body).strip()
    if not _NAME.fullmatch(name):
        message = _("Small letters, digits and _ only, for example promo_lebaran.")
        raise DomainError(message, code="bad_name", field="name")
    if not body or len(body) > MAX_BODY:
        message = _("Between 1 and %(limit)s characters.") % {"limit": MAX_BODY}
        raise DomainError(message, code="bad_body", field="body")
    gaps = [int(number) for number in dict.fromkeys(_GAP.findall(body))]
    if gaps != list(range(1, len(gaps) + 1)) or body.count("{{") != len(_GAP.findall(body)):
        raise DomainError(_("Number the gaps {{1}}, {{2}} … without leaving one out."), code="bad_gaps", field="body")
    if body.startswith("{{") or body.endswith("}}"):
        raise DomainError(_("Meta takes no gap at the very beginning or end."), code="bad_gaps", field="body")
    samples = [example.strip() for example in examples if example.strip()]
    if len(samples) != len(gaps):
        message = _("Give an example for each gap: %(count)s lines.") % {"count": len(gaps)}
        raise DomainError(message, code="no_examples", field="examples")
    part: dict[str, Any] = {"type": "BODY", "text": body}
    if samples:
        part["example"] = {"body_text": [samples]}
    components: list[dict[str, Any]] = [part]
    if category == "marketing" and not says_how_to_stop([part, {"type": "FOOTER", "text": footer}]):
        footer = FOOTER
    if footer:
        components.append({"type": "FOOTER", "text": footer[:60]})
    titles = [title.strip()[:MAX_BUTTON] for title in buttons if title.strip()][:3]
    if titles:
        components.append({"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": title} for title in titles]})
    return components


def check_template(
    *,
    workspace: Workspace,
    template: Template,
    parameters: Mapping[str, str],
    purpose: str,
    media: MediaFile | None = None,
) -> None:
    """Raises DomainError when messages cannot be sent as this template with these values ({variable: Liquid}) and this
    file."""
    if template.workspace_id != workspace.pk:
        raise ValueError("a template of another workspace")
    if template.status != "approved":
        raise DomainError(_("Meta has not approved this template."), code="not_approved", field="template")
    if strange := rules.unsupported(template.components):
        message = _("This template has a part that cannot be sent from here yet: %(part)s.")
        message %= {"part": part_words(strange)}
        raise DomainError(message, code="unsupported", field="template")
    if purpose == Message.Purpose.MARKETING and not says_how_to_stop(template.components):
        message = _("This template does not say how to stop. Make one whose footer says “Balas STOP untuk berhenti”.")
        raise DomainError(message, code="no_stop_line", field="template")
    check_template_media(template=template, media=media)
    for variable in rules.variables(template.components):
        text = parameters.get(variable.key, "")
        if not text.strip():
            message = _("Write the text for %(name)s.") % {"name": variable.key}
            raise DomainError(message, code="empty_variable", field=variable.key)
        try:
            rendering.validate_text(workspace, text, "service")
        except DomainError as error:
            raise DomainError(error.message, code=error.code, field=variable.key) from error


PARTS = {
    "CAROUSEL": _l("cards to swipe through"),
    "LIMITED_TIME_OFFER": _l("an offer with a countdown"),
    "HEADER VIDEO": _l("a video on top"),
    "HEADER LOCATION": _l("a place on the map on top"),
    "HEADER PRODUCT": _l("a product of the catalogue on top"),
    "BUTTONS OTP": _l("a button with a one-time code"),
    "BUTTONS FLOW": _l("a button that opens a form"),
    "BUTTONS CATALOG": _l("a button that opens the catalogue"),
    "BUTTONS MPM": _l("a button that opens products"),
    "BUTTONS SPM": _l("a button that opens a product"),
}


def part_words(part: str) -> str:
    """The name of a part that cannot be sent (`rules.unsupported`), for people."""
    return str(PARTS.get(part, part))


def gap_words(variable: rules.Variable) -> str:
    """A label for a variable of a template: "Gap 1", "Title 1", "Button 2: what follows https://…/"."""
    where, _dot, rest = variable.key.partition(".")
    if where != "button":
        return (_("Title %(gap)s") if where == "header" else _("Gap %(gap)s")) % {"gap": variable.name}
    number = int(rest.partition(".")[0]) + 1
    if variable.before:
        return _("Button %(number)s: what follows %(address)s") % {"number": number, "address": variable.before}
    return _("Button %(number)s") % {"number": number}


def check_template_media(*, template: Template, media: MediaFile | None) -> None:
    """Raises DomainError (field "media") when the file does not fit the template's header: "needs_media",
    "no_place_for_media", "other_kind", or as `check_carried`."""
    kind = rules.header_file(template.components)
    if not kind and media is None:
        return
    if not kind:
        message = _("This template has no place for a file. Take the file away, or choose another template.")
        raise DomainError(message, code="no_place_for_media", field="media")
    words = {"image": _("This template shows a picture on top. Choose the picture.")}
    request = words.get(kind, _("This template carries a document on top. Choose the document."))
    if media is None:
        raise DomainError(request, code="needs_media", field="media")
    if media.kind != kind:
        raise DomainError(request, code="other_kind", field="media")
    check_carried(channel=template.channel, media=media, caption="")


@transaction.atomic
def create_template_content(
    *,
    workspace: Workspace,
    template: Template,
    parameters: Mapping[str, str],
    purpose: str = Message.Purpose.MARKETING,
    media: MediaFile | None = None,
    content_class: str = MessageContent.Class.PROMOTION,
) -> MessageContent:
    """Stores a content that is sent as `template`, with Liquid texts for its gaps and `media` in its header.

    URLs in the Liquid texts are tracked; URLs in the template itself are fixed by Meta. Raises DomainError as
    `check_template`.
    """
    check_template(workspace=workspace, template=template, parameters=parameters, purpose=purpose, media=media)
    keys = [variable.key for variable in rules.variables(template.components)]
    chosen = {key: rendering.plain_newlines(parameters[key]).strip() for key in keys}
    content = MessageContent.objects.create(
        workspace=workspace,
        text=rules.reads_as(template.components, chosen),
        template=template,
        parameters=[[key, chosen[key]] for key in keys],
        media=media,
        content_class=content_class,
    )
    urls = [url for key in keys for url in rendering.find_links(chosen[key])]
    TrackedLink.objects.bulk_create(TrackedLink(content=content, position=n, url=url) for n, url in enumerate(urls))
    return content


def _asked(channel: Channel, ask: Any) -> Any:
    provider = get_provider(channel)
    if not isinstance(provider, TemplateProvider):
        raise DomainError(_("This number needs no templates."), code="no_templates")
    try:
        provider.connect()
        return ask(provider)
    except OSError as error:
        raise DomainError(_("Meta could not be reached. Try again in a few minutes."), code="offline") from error
    finally:
        provider.close()


def _keep(channel: Channel, info: TemplateInfo) -> Template:
    template, _created = Template.objects.update_or_create(
        channel=channel,
        name=info.name[:512],
        language=info.language[:20],
        defaults={
            "workspace": channel.workspace,
            "vendor_id": info.vendor_id[:60],
            "category": info.category[:30],
            "status": info.status[:30],
            "reason": info.reason[:300],
            "components": [dict(part) for part in info.components],
            "synced_at": clock.now(),
        },
    )
    return template
