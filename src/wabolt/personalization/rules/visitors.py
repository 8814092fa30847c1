"""Distinguishes persons who open a link from programs."""

import re
from collections.abc import Mapping

# Programs that draw a preview of a link when it is typed, forwarded or shown, and those that walk or watch the web.
_MACHINE = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|whatsapp|facebookexternalhit|facebookcatalog|meta-external|line-poker"
    r"|kakaotalk-scrap|viber|snapchat-scrap|slack-imgproxy|skypeuri|embedly|iframely|quora link|outbrain|vkshare"
    r"|w3c_validator|lighthouse|headless|phantom|curl|wget|python|java/|go-http|okhttp|axios|node-fetch|libwww"
    r"|httpclient|\w*scan(?:ner)?/|monitor|uptime|proxy|fetch|google-read-aloud|mediapartners|googleimageproxy",
    re.IGNORECASE,
)
_PHONE = re.compile(r"\((?:Linux; )?(?:U; )?Android[^()]*\)")
"""The part of an agent that names the phone: a Cubot is no bot."""
_BROWSERS = ("Mozilla/", "Opera/", "UCWEB/")
"""Starts of the user agents of browsers; Opera Mini and UC Browser, made for cheap phones, have their own."""
_AHEAD = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)


def is_machine(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a visit is a link preview, a bot or a browser that prefetches. `headers`: a mapping of header names in
    any case that it accepts. In doubt it is a machine: only clicks by persons count."""
    agent = headers.get("User-Agent", "")
    if method != "GET" or not agent.startswith(_BROWSERS) or _MACHINE.search(_PHONE.sub("", agent)):
        return True
    if any(_AHEAD.search(headers.get(name, "")) for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")):
        return True
    # Some browsers report the destination of a request: only a document is a click.
    return headers.get("Sec-Fetch-Dest", "document") != "document"
