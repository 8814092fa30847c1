"""Distinguishes people who open a link from programs."""

import re
from collections.abc import Mapping

# Programs that render a preview of a link, and crawlers and monitors of the web.
_MACHINE = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|whatsapp|facebookexternalhit|facebookcatalog|meta-external|line-poker"
    r"|kakaotalk-scrap|viber|snapchat-scrap|slack-imgproxy|skypeuri|embedly|iframely|quora link|outbrain|vkshare"
    r"|w3c_validator|lighthouse|headless|phantom|curl|wget|python|java/|go-http|okhttp|axios|node-fetch|libwww"
    r"|httpclient|\+https?:|\(compatible;(?! ?msie)"
    r"|scan(?:ner)?/|monitor|uptime|proxy|fetch|google-read-aloud|mediapartners|googleimageproxy",
    re.IGNORECASE,
)
_PHONE = re.compile(r"\((?:Linux; )?(?:U; )?Android[^()]*\)")
"""The part of a user agent that names the phone model. It is ignored: a Cubot is a phone, not a bot."""
_BROWSERS = ("Mozilla/", "Opera/", "UCWEB/")
"""Prefixes of the user agents of browsers. Opera Mini and UC Browser have prefixes of their own."""
_AHEAD = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)


def is_machine(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a visit is a link preview, a bot or a browser that prefetches. `headers`: the request headers, looked
    up by name without regard to case. A doubtful visit counts as a machine, because reports count clicks of people."""
    agent = headers.get("User-Agent", "")
    if method != "GET" or not agent.startswith(_BROWSERS) or _MACHINE.search(_PHONE.sub("", agent)):
        return True
    if any(_AHEAD.search(headers.get(name, "")) for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")):
        return True
    # Some browsers report the destination of a request. Only the destination "document" is a click.
    return headers.get("Sec-Fetch-Dest", "document") != "document"
