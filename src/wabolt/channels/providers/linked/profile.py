"""Reads and sets the number's profile in the child: name, about text and picture."""

import asyncio
import base64
import urllib.request
from typing import Any
from urllib.parse import urlsplit

MAX_PICTURE = 2 * 1024 * 1024
SECONDS = 15
NOT_SET = ("does not have a profile picture", "not set", "item-not-found", "404")
"""Library errors for an account without a picture."""


async def set_profile(client: Any, command: dict[str, Any]) -> None:
    """Sets the given parts of the profile."""
    if "name" in command:
        await client.set_profile_name(command["name"])
    if "about" in command:
        await client.set_status_message(command["about"])
    if "picture" in command:
        await client.set_profile_photo(base64.b64decode(command["picture"]))


async def read_profile(client: Any, have: str, proxy: str) -> dict[str, Any]:
    """Returns `name`, `about` and `picture` (WhatsApp's id; "" for none; missing if unknown). If the id differs from
    `have`, `image` holds the picture in base64 if it could be downloaded."""
    from neonize.utils.jid import build_jid

    me = await client.get_me()
    own_jid = build_jid(me.JID.User)
    info = await client.get_user_info(own_jid)
    profile: dict[str, Any] = {"name": me.PushName, "about": info[0].UserInfo.Status if info else ""}
    try:
        picture = await client.get_profile_picture(own_jid)
    except Exception as error:  # noqa: BLE001 - the library raises any exception
        return profile | ({"picture": ""} if any(words in _said(error) for words in NOT_SET) else {})
    profile["picture"] = picture.ID
    if picture.ID and have != picture.ID:
        image = await asyncio.to_thread(_download, picture.URL, proxy)
        profile |= {"image": base64.b64encode(image).decode()} if image else {}
    return profile


def _said(error: Exception) -> str:
    return " ".join([str(error), *(str(getattr(part, "Error", "")) for part in error.args)]).lower()


class _NoDetours(urllib.request.HTTPRedirectHandler):
    """Follows no redirects."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _download(url: str, proxy: str) -> bytes:
    """Downloads a picture from WhatsApp; b"" if it fails, is too large, or has another host."""
    address = urlsplit(url)
    if address.scheme != "https" or not (address.hostname or "").endswith(".whatsapp.net"):
        return b""
    handlers: list[Any] = [_NoDetours()]
    if proxy:
        handlers.append(urllib.request.ProxyHandler({"https": proxy}))
    try:
        with urllib.request.build_opener(*handlers).open(url, timeout=SECONDS) as answer:
            data: bytes = answer.read(MAX_PICTURE + 1)
    except (OSError, ValueError):
        return b""
    return data if len(data) <= MAX_PICTURE else b""
