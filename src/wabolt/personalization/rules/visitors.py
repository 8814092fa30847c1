"""Who opens a link: a person, or something that only looks at it."""

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
"""How the agents of browsers begin; Opera Mini and UC Browser, made for cheap phones, have their own."""
_AHEAD = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)


def is_machine(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a visit is a link preview, a bot or a browser that loads ahead of a tap. `headers` by their usual names
    in any case that the mapping knows. In doubt it is a machine: a click that counts is one a person made."""
    agent = headers.get("User-Agent", "")
    if method != "GET" or not agent.startswith(_BROWSERS) or _MACHINE.search(_PHONE.sub("", agent)):
        return True
    if any(_AHEAD.search(headers.get(name, "")) for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")):
        return True
    # Browsers that tell what they want the answer for: only a page that is opened is a click.
    return headers.get("Sec-Fetch-Dest", "document") != "document"
