"""Who opens a link: a person, or something that only looks at it."""

import re
from collections.abc import Mapping

# WhatsApp itself fetches a link when it is typed, forwarded or shown; so do the others to draw their preview.
_MACHINE = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|whatsapp|facebookexternalhit|facebookcatalog|meta-external|telegram|twitter"
    r"|discord|slack|skype|linkedin|pinterest|embedly|quora|outbrain|vkshare|w3c_validator|lighthouse|headless|phantom"
    r"|curl|wget|python|java/|go-http|okhttp|axios|node-fetch|libwww|httpclient|scan|monitor|uptime|proxy|fetch"
    r"|google-read-aloud|mediapartners|bingpreview",
    re.IGNORECASE,
)
_AHEAD = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)


def is_machine(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a visit is a link preview, a bot or a browser that loads ahead of a tap. `headers` by their usual names
    in any case that the mapping knows. In doubt it is a machine: a click that counts is one a person made."""
    agent = headers.get("User-Agent", "")
    if method != "GET" or not agent.startswith("Mozilla/") or _MACHINE.search(agent):
        return True
    if any(_AHEAD.search(headers.get(name, "")) for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")):
        return True
    # Browsers that tell what they want the answer for: only a page that is opened is a click.
    return headers.get("Sec-Fetch-Dest", "document") != "document"
