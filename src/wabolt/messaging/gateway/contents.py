"""Renders claimed rows for the provider."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, cast

from wabolt.accounts.models import Workspace
from wabolt.channels.registry import Capabilities, Choice, Outgoing, TemplateCall, as_lines
from wabolt.messaging.gateway.files import Files
from wabolt.messaging.message_templates import rules as templates
from wabolt.messaging.message_templates.models import Template
from wabolt.messaging.outbox.models import TrackedLink
from wabolt.messaging.store.models import MessageContent
from wabolt.personalization import queries as rendering

_NOTHING: Mapping[str, Any] = {}


@dataclass(slots=True)
class Ready:
    """A content compiled once for many messages. With `template`, `gaps` maps its variables to their texts."""

    text: rendering.Compiled
    links: list[int] = field(default_factory=list)
    template: Template | None = None
    gaps: dict[str, rendering.Compiled] = field(default_factory=dict)
    media_id: int | None = None
    expires_at: datetime | None = None
    broken: rendering.RenderError | None = None


class Contents:
    """The compiled contents of one lane, kept between batches."""

    def __init__(self, capabilities: Capabilities) -> None:
        self._capabilities = capabilities
        self._short = rendering.shortens_links(capabilities)
        self._ready: dict[int, Ready] = {}
        self.files = Files()
        self._loaded: Mapping[int, Mapping[str, Any]] = {}

    def load(self, content_ids: set[int]) -> None:
        """Compiles the contents that are not compiled yet, in two queries."""
        missing = content_ids - self._ready.keys()
        if not missing:
            return
        links: dict[int, list[int]] = {pk: [] for pk in missing}
        for content_id, link_id in (
            TrackedLink.objects.filter(content__in=missing).order_by("position").values_list("content_id", "pk")
        ):
            links[content_id].append(link_id)
        for content in MessageContent.objects.filter(pk__in=missing).select_related("template"):
            try:
                self._ready[content.pk] = _compiled(content, links[content.pk])
            except rendering.RenderError as error:
                # Only the messages of this content fail; the lane goes on.
                self._ready[content.pk] = Ready(rendering.compile_text(""), broken=error)

    def load_values(self, workspace: Workspace, rows: Sequence[Any]) -> None:
        """Loads the values that the texts of these rows use besides the contact's own, once per group."""
        ready = [self._ready[row.content_id] for row in rows if row.content_id is not None]
        texts = [text for one in ready for text in (one.text, *one.gaps.values())]
        prefixes = {prefix for text in texts for prefix in text.prefixes}
        contacts = list({row.contact_id for row in rows})
        self._loaded = rendering.load_values(workspace, prefixes, contacts) if prefixes else {}

    def has_template(self, row: Any) -> bool:
        """Whether this message is sent as an approved template."""
        return row.content_id is not None and self._ready[row.content_id].template is not None

    def is_over(self, row: Any, now: datetime) -> bool:
        """Whether this message or its content has expired."""
        if row.expires_at is not None and row.expires_at <= now:
            return True
        end = None if row.content_id is None else self._ready[row.content_id].expires_at
        return end is not None and end <= now

    def media_id(self, row: Any) -> int | None:
        """The file that this message carries: its own, or its content's."""
        own: int | None = row.media_id
        return own if own is not None or row.content_id is None else self._ready[row.content_id].media_id

    def outgoing(self, row: Any, shop: rendering.Shop) -> Outgoing:
        """The rendered message. Its file has to be in `files`. Raises rendering.RenderError."""
        variables = _NOTHING if row.variables == "{}" else json.loads(row.variables)
        if self._loaded:
            variables = {**self._loaded.get(row.contact_id, {}), **variables}
        if row.content_id is None:
            return self._with_choices(row, cast("str", row.text))
        ready = self._ready[row.content_id]
        if ready.broken is not None:
            raise ready.broken
        if ready.template is not None:
            return self._by_template(row, ready, ready.template, variables, shop)
        link = partial(self._address, ready.text, ready.links, row.id)
        return self._with_choices(row, ready.text.render(_person(row, ready.text), variables, shop, link))

    def _by_template(
        self, row: Any, ready: Ready, template: Template, given: Mapping[str, Any], shop: rendering.Shop
    ) -> Outgoing:
        values: dict[str, str] = {}
        links = iter(ready.links)
        for key, compiled in ready.gaps.items():
            own = [next(links) for _url in compiled.urls]
            link = partial(self._address, compiled, own, row.id)
            values[key] = templates.tidy_value(compiled.render(_person(row, compiled), given, shop, link))
        try:
            components = templates.call_components(template.components, values)
        except KeyError as error:
            raise rendering.RenderError("template_variables", str(error)) from error
        text = templates.reads_as(template.components, values)
        call = TemplateCall(template.name, template.language, components)
        return self._outgoing(row, text, template=call)

    def _address(self, text: rendering.Compiled, links: list[int], message_id: int, place: int) -> str:
        return rendering.link_url(links[place], message_id) if self._short else text.urls[place]

    def _with_choices(self, row: Any, text: str) -> Outgoing:
        if row.choices == "[]":
            return self._outgoing(row, text)
        choices = tuple(Choice(one["id"], one["title"], one.get("description", "")) for one in json.loads(row.choices))
        if self.media_id(row) is not None or not self._capabilities.takes_choices(choices, text):
            text, choices = as_lines(text, [choice.title for choice in choices]), ()
        return self._outgoing(row, text, choices=choices, choices_label=row.choices_label)

    def _outgoing(self, row: Any, text: str, **more: Any) -> Outgoing:
        """The message with its address, its file and the message it quotes."""
        if row.quote is not None:
            more |= {"quote_text": row.quote_text, "quote_is_ours": row.quote_is_ours}
        media_id = self.media_id(row)
        if media_id is not None:
            more["media"] = self.files.get(media_id)
        return Outgoing(str(row.id), row.to_kind, row.to, text, row.quote, **more)


def _person(row: Any, compiled: rendering.Compiled) -> Mapping[str, Any]:
    return {
        "name": row.name,
        "city": row.city,
        "email": row.email,
        "birth_date": row.birth_date,
        "fields": json.loads(row.fields) if "fields" in compiled.contact_names else {},
        "phone": row.to if row.to_kind == "phone" else "",
    }


def _compiled(content: MessageContent, links: list[int]) -> Ready:
    gaps = {key: rendering.compile_text(text) for key, text in content.parameters}
    text = rendering.compile_text("" if content.template else content.text)
    return Ready(text, links, content.template, gaps, content.media_id, content.expires_at)
