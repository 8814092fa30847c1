"""Message text as WhatsApp shows it (*bold*, _italic_, ~strike~, ```mono``` and links): untrusted text to safe HTML.

The text is escaped before our own tags are added, so nothing in a message can become markup.
"""

import re
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_MONO = re.compile(r"```(.+?)```", re.DOTALL)
_LINK = re.compile(r"(?i)\bhttps?://[^\s<>\"'`]+")
# WhatsApp formats only if the mark touches the word inside and no letter or digit outside.
_MARKS = tuple(
    (re.compile(rf"(?<![\w{m}]){m}(?!\s)([^\n{m}]*[^\s{m}]){m}(?![\w{m}])"), tag)
    for m, tag in ((r"\*", "strong"), ("_", "em"), ("~", "s"))
)
_TRAILING = ".,!?:;)]}*_~"
_SLOT = re.compile("\ue000([0-9]+)\ue001")
_PRIVATE = {ord("\ue000"): None, ord("\ue001"): None}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a bubble. `kind` is image, sticker, video, audio or document; `size` in bytes, 0 if unknown."""

    kind: str
    url: str
    name: str = ""
    size: int = 0
    width: int | None = None
    height: int | None = None

    @property
    def ending(self) -> str:
        """ "PDF" for "Katalog.pdf"; empty without a file extension."""
        return self.name.rpartition(".")[2].upper()[:5] if "." in self.name else ""


def whatsapp_html(text: str) -> SafeString:
    """Returns safe HTML for a message text. Line breaks are kept; the bubble preserves them with `white-space`."""
    finished: list[str] = []

    def keep(html: str) -> str:
        """Replaces finished HTML by a placeholder, so that later marks cannot change it."""
        finished.append(html)
        return f"\ue000{len(finished) - 1}\ue001"

    def mono(match: re.Match[str]) -> str:
        return keep(f"<code>{escape(match[1])}</code>")

    def link(match: re.Match[str]) -> str:
        url = match[0].rstrip(_TRAILING)
        rest = match[0][len(url) :]
        safe = escape(url)
        return keep(f'<a href="{safe}" rel="noopener noreferrer nofollow" target="_blank">{safe}</a>') + rest

    body = str(text).translate(_PRIVATE)
    body = _LINK.sub(link, _MONO.sub(mono, body))
    plain = marked = str(escape(body))
    for pattern, tag in _MARKS:
        marked = pattern.sub(rf"<{tag}>\1</{tag}>", marked)
    # Overlapping marks ("*a _b* c_") would nest wrongly: the text then stays as typed.
    if not _well_nested(marked):
        marked = plain
    return mark_safe(_SLOT.sub(lambda m: finished[int(m[1])], marked))  # noqa: S308 - escaped above


def _well_nested(html: str) -> bool:
    open_tags: list[str] = []
    for slash, tag in re.findall(r"<(/?)(strong|em|s)>", html):
        if not slash:
            open_tags.append(tag)
        elif not open_tags or open_tags.pop() != tag:
            return False
    return not open_tags
