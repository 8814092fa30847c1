"""Checking, compiling and rendering the texts of a business."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _
from liquid import BoundTemplate
from liquid.exceptions import LiquidError

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import phone_of
from wabolt.lib.errors import DomainError
from wabolt.personalization import engine, plain
from wabolt.personalization.links import (
    MAX_LINKS,
    find_links,
    is_storable_url,
    links_are_public,
    replace_links,
    sample_url,
)
from wabolt.personalization.rules.placeholders import Placeholder, find_placeholder
from wabolt.personalization.stop_line import ensure_stop_line
from wabolt.personalization.variables import (
    Shop,
    contact_value,
    group_value,
    known_variables,
    load_values,
    person_of,
    sample_values,
    shop_of,
    variables_of,
)

MAX_TEXT = 4096
_SAMPLE_VOUCHER = {"code": "CONTOH-1234", "percent": 10, "until": "2026-12-31"}


def plain_newlines(text: str) -> str:
    """Returns the text with LF line ends, as WhatsApp uses them. Browsers send CR LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


class RenderError(Exception):
    """A text could not be rendered for one contact; `reason` is a Message.reason."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Compiled:
    """A text ready to be rendered many times.

    `contact_names`: the names of the contact's own values in the text. `prefixes`: the prefixes of the other groups of
    variables in the text. `render` needs their values in `given` (`variables.load_values`, `Message.variables`).
    `urls`: the links in the text.
    """

    template: BoundTemplate
    quick: plain.Plain | None
    contact_names: frozenset[str]
    prefixes: frozenset[str]
    urls: tuple[str, ...]

    def render(
        self, person: Mapping[str, Any], group_values: Mapping[str, Any], shop: Shop, link: Callable[[int], str]
    ) -> str:
        """Returns the text for one person. `person`: see `contact_value`. `group_values`: the values of other groups.
        `link(n)`: the URL that replaces `urls[n]`. Raises RenderError "text_too_long", "empty_text" or
        "render_failed"."""
        facts = plain.Facts(person, group_values, shop, link)
        try:
            text = self.quick.render(facts) if self.quick is not None else self._by_liquid(facts)
        except (LiquidError, ArithmeticError, TypeError) as error:  # for example infinity as the length of a cut
            raise RenderError("render_failed", str(error)) from error
        text = plain_newlines(text)
        if len(text) > MAX_TEXT:
            raise RenderError("text_too_long")
        if not text.strip():
            raise RenderError("empty_text")
        return text

    def _by_liquid(self, facts: plain.Facts) -> str:
        groups = {
            prefix: {
                name: group_value(prefix, name, value, facts.shop)
                for name, value in (facts.given.get(prefix) or {}).items()
            }
            for prefix in self.prefixes
        }
        return self.template.render(
            **groups,
            contact={name: contact_value(name, facts.person, facts.shop) for name in self.contact_names},
            shop={"name": facts.shop.name},
            wabolt={f"link_{n}": facts.link(n) for n in range(len(self.urls))},
        )


@lru_cache(maxsize=512)
def compile_text(text: str) -> Compiled:
    """Compiles a text that was validated when it was saved. Raises RenderError "render_failed" for an invalid text, for
    example one that an older version accepted."""
    urls = tuple(find_links(text))
    places = {url: f"{{{{ wabolt.link_{n} }}}}" for n, url in enumerate(urls)}
    try:
        template = engine.parse(replace_links(text, places.__getitem__))
    except LiquidError as error:
        raise RenderError("render_failed", str(error)) from error
    paths = [path.segments for found in template.analyze().variables.values() for path in found]
    names = {str(segments[1]) for segments in paths if len(segments) > 1 and segments[0] == "contact"}
    prefixes = {str(segments[0]) for segments in paths} - {"contact", "shop", "wabolt"}
    return Compiled(template, plain.compile_plain(template), frozenset(names), frozenset(prefixes), urls)


def validate_text(workspace: Workspace, text: str, purpose: str) -> None:
    """Raises DomainError (field "text") for a text that must not be saved: "empty_text", "text_too_long",
    "foreign_placeholder", "template_syntax", "unknown_tag", "unknown_filter", "unknown_variable", "too_many_links" or
    "bad_link". Errors about unknown names have `known` (names), `line` and `column` (from 1) in `params`."""
    if not text.strip():
        raise DomainError(_("Write something first."), code="empty_text", field="text")
    _check_length(text)  # first: the search for signs takes quadratic time in a text of opening braces
    language = workspace.language
    if foreign := find_placeholder(text):
        raise _foreign_placeholder(text, foreign, _labels(workspace))
    try:
        analysis = engine.parse(text).analyze()
    except LiquidError as error:
        raise _syntax_error(text, error, _labels(workspace)) from error
    for name, spans in analysis.filters.items():
        if name not in engine.KNOWN_FILTERS:
            raise _unusable(text, spans[0].index, "unknown_filter", name, engine.KNOWN_FILTERS)
    uses = [(path.span.index, path.segments) for paths in analysis.variables.values() for path in paths]
    known = {variable.name for variable in variables_of(workspace, {str(segments[0]) for _index, segments in uses})}
    for index, segments in sorted(uses, key=lambda use: use[0]):
        name = ".".join(str(segment) for segment in segments)
        if name not in known:
            raise _unknown_variable(text, index, name, _labels(workspace))
    _check_links(find_links(text))
    _check_length(ensure_stop_line(text, purpose, language))


def _labels(workspace: Workspace) -> dict[str, str]:
    return {variable.name: str(variable.label) for variable in known_variables(workspace)}


def _check_length(text: str) -> None:
    if len(text) > MAX_TEXT:
        message = _("The text is too long: %(count)s of at most %(limit)s characters.")
        raise DomainError(message % {"count": len(text), "limit": MAX_TEXT}, code="text_too_long", field="text")


def _foreign_placeholder(text: str, placeholder: Placeholder, labels: Mapping[str, str]) -> DomainError:
    line, column = _place(text, placeholder.position)
    if placeholder.variable in labels:
        message = _("Customers would see “%(written)s” as it is. Delete it, then tap “%(label)s”.")
    else:
        message = _("Customers would see “%(written)s” as it is. Delete it, or tap the right word in the list.")
    values = {"written": placeholder.written, "label": labels.get(placeholder.variable, "")}
    return DomainError(
        message % values, code="foreign_placeholder", field="text", name=placeholder.written,
        near=placeholder.variable, line=line, column=column,
    )  # fmt: skip


def _check_links(urls: Sequence[str]) -> None:
    if len(urls) > MAX_LINKS:
        message = _("At most %(limit)s links in one text.") % {"limit": MAX_LINKS}
        raise DomainError(message, code="too_many_links", field="text")
    for url in urls:
        if not is_storable_url(url):
            message = _("This web address cannot be opened: %(address)s") % {"address": url[:80]}
            raise DomainError(message, code="bad_link", field="text")


def preview(
    workspace: Workspace,
    text: str,
    contact: Contact | None,
    *,
    purpose: str = "marketing",
    variables: Mapping[str, Any] | None = None,
    short_links: bool | None = None,
) -> str:
    """Returns the text as this contact would see it (None: a fictional person), with the stop line. The voucher is a
    sample unless `variables` has one.

    `short_links`: whether sample URLs replace the links, as `shortens_links` decides for the channel. None: as for a
    real number. Raises DomainError as `validate_text`.
    """
    validate_text(workspace, text, purpose)
    compiled = compile_text(ensure_stop_line(text, purpose, workspace.language))
    person: Mapping[str, Any]
    loaded: Mapping[str, Any]
    if contact is None:
        person = sample_values(workspace, "contact")
        loaded = {prefix: sample_values(workspace, prefix) for prefix in compiled.prefixes if prefix != "voucher"}
    else:
        person = person_of(contact, phone_of(contact))
        loaded = load_values(workspace, compiled.prefixes, [contact.pk]).get(contact.pk, {})
    given = {"voucher": _SAMPLE_VOUCHER, **loaded, **(variables or {})}
    try:
        short = links_are_public() if short_links is None else short_links
        link = (lambda _n: sample_url()) if short else compiled.urls.__getitem__
        return compiled.render(person, given, shop_of(workspace), link)
    except RenderError as error:
        raise DomainError(_("With this contact's data the text is too long or empty."), code=error.reason) from error


def _syntax_error(text: str, error: LiquidError, labels: Mapping[str, str]) -> DomainError:
    index = error.token.start_index if error.token is not None else -1
    word = str(error.token.value) if error.token is not None else ""
    if str(error.args[0] if error.args else error).startswith("unexpected tag"):
        return _unusable(text, index, "unknown_tag", word, engine.KNOWN_TAGS)
    line, column = _place(text, index)
    example = labels.get("contact.first_name", "")
    if index < 0:
        message = _("Something in curly braces is not complete. Delete it, then tap a word such as “%(label)s”.")
    else:
        message = _(
            "Line %(line)s, character %(column)s: something in curly braces is not complete. Delete it, then tap a"
            " word such as “%(label)s”."
        )
    values = {"line": line, "column": column, "label": example}
    return DomainError(message % values, code="template_syntax", field="text", line=line, column=column)


def _unknown_variable(text: str, index: int, name: str, labels: Mapping[str, str]) -> DomainError:
    line, column = _place(text, index)
    near = "".join(difflib.get_close_matches(name, labels, n=1, cutoff=0.5))
    if name == "link":
        message = _("Write the web address itself. WABolt shortens it and counts its clicks.")
    elif near:
        message = _("Line %(line)s: there is no “%(name)s”. Delete it, then tap “%(label)s”.")
    else:
        message = _("Line %(line)s: there is no “%(name)s”. Delete it, then tap one of these: %(labels)s.")
    values = {"line": line, "name": name, "label": labels.get(near, ""), "labels": ", ".join(labels.values())}
    return DomainError(
        message % values, code="unknown_variable", field="text", name=name, known=list(labels), near=near, line=line,
        column=column,
    )  # fmt: skip


def _unusable(text: str, index: int, code: str, name: str, known: list[str]) -> DomainError:
    """Returns the error for a tag or filter that texts may not use. `known`: the allowed ones."""
    line, column = _place(text, index)
    message = _("Line %(line)s: “%(name)s” cannot be used in a message. Delete it.") % {"line": line, "name": name}
    near = "".join(difflib.get_close_matches(name, known, n=1, cutoff=0.5))
    return DomainError(message, code=code, field="text", name=name, known=known, near=near, line=line, column=column)


def _place(text: str, index: int) -> tuple[int, int]:
    """Returns the line and column (from 1) of the character at `index`; (0, 0) if unknown."""
    if index < 0:
        return 0, 0
    before = text[:index]
    return before.count("\n") + 1, index - before.rfind("\n")
