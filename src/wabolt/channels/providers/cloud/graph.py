"""The Graph API over HTTP: a thin client that tells apart what was certainly not sent from what nobody knows."""

import json
from collections.abc import Mapping
from typing import Any, cast

import httpx
from django.conf import settings

from wabolt.channels.providers.cloud.errors import Trouble, trouble_of
from wabolt.channels.registry.contract import MediaTooBigError

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 20.0
PARALLEL = 20
"""Calls at once. At 250 ms an answer that is 80 messages a second, what Meta allows a number by default."""


class NotSentError(OSError):
    """No connection came about: Meta has certainly not heard of it."""


class DoubtError(OSError):
    """The line broke after the request may have been heard."""


class Graph:
    """Calls on behalf of one token. Safe for several threads; holds connections until `close`."""

    def __init__(self, token: str, *, url: str | None = None) -> None:
        """`url`: where the Graph API is, with its version; from the settings when not given."""
        self._token = token
        self._client = httpx.Client(
            base_url=(url or settings.GRAPH_URL) + "/",
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS, pool=ANSWER_SECONDS),
            limits=httpx.Limits(max_connections=PARALLEL, max_keepalive_connections=PARALLEL, keepalive_expiry=30),
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        """Lets the connections go; safe to call twice."""
        self._client.close()

    def get(self, path: str, **params: str) -> dict[str, Any]:
        """A GET of `path` below the version. Raises Trouble, NotSentError or DoubtError."""
        return self._call("GET", path, params=params)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """A POST of JSON. Raises Trouble, NotSentError or DoubtError."""
        return self._call("POST", path, json=body)

    def upload(self, path: str, name: str, mime_type: str, content: bytes) -> str:
        """Hands a file over (`<phone number id>/media`) and answers Meta's id of it, good for 30 days."""
        files = {"file": (name, content, mime_type)}
        answer = self._call("POST", path, files=files, data={"messaging_product": "whatsapp", "type": mime_type})
        if not answer.get("id"):
            raise DoubtError("a file was taken without an id")
        return str(answer["id"])

    def upload_sample(self, name: str, mime_type: str, content: bytes) -> str:
        """Hands a file over that a template is shown with, and answers Meta's handle of it. It belongs to the app that
        made the token, and goes another way than files that are sent."""
        app = self.get("app", fields="id")
        about = {"file_name": name, "file_length": str(len(content)), "file_type": mime_type}
        session = self._call("POST", f"{app['id']}/uploads", params=about)
        headers = {"Authorization": f"OAuth {self._token}", "file_offset": "0", "Content-Type": mime_type}
        # The session's name looks like an address with a scheme of its own, so it is not joined but put behind.
        address = f"{self._client.base_url}{session['id']}"
        return str(self._call("POST", address, headers=headers, content=content)["h"])

    def pages(self, path: str, **params: str) -> list[dict[str, Any]]:
        """All rows of a list, page by page."""
        rows: list[dict[str, Any]] = []
        after = ""
        while True:
            answer = self.get(path, **params, **({"after": after} if after else {}))
            rows += [row for row in answer.get("data", []) if isinstance(row, dict)]
            paging = answer.get("paging") or {}
            following = (paging.get("cursors") or {}).get("after", "") if paging.get("next") else ""
            if not following or following == after:
                return rows
            after = following

    def download(self, media_id: str, max_bytes: int) -> tuple[bytes, str]:
        """The bytes and MIME type of a file that somebody sent us. Raises Trouble, OSError, MediaTooBigError when it is
        larger than `max_bytes`, ValueError when it lies elsewhere than at Meta: the token goes along only to hosts that
        are Meta's or where the Graph API is."""
        if not media_id.isalnum():
            raise ValueError("no id of a file")
        about = self.get(media_id)
        url = httpx.URL(str(about["url"]))
        if not self._is_metas(url):
            raise ValueError(f"a file lies at a strange address: {url.host}")
        told = about.get("file_size")
        if isinstance(told, int) and told > max_bytes:
            raise MediaTooBigError(f"{told} bytes")
        content = bytearray()
        try:
            with self._client.stream("GET", url) as answer:
                if answer.status_code != 200:
                    raise trouble_of(answer.status_code, None)
                for part in answer.iter_bytes():
                    content += part
                    if len(content) > max_bytes:
                        raise MediaTooBigError("the file is larger than allowed")
        except httpx.HTTPError as error:
            raise DoubtError(str(error)) from error
        return bytes(content), str(about.get("mime_type", ""))

    def _is_metas(self, url: httpx.URL) -> bool:
        host = url.host
        home = self._client.base_url
        if (host, url.port, url.scheme) == (home.host, home.port, home.scheme):
            return True
        return url.scheme == "https" and host.endswith((".fbsbx.com", ".facebook.com", ".whatsapp.net"))

    def _call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        try:
            answer = self._client.request(method, path, **more)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSentError(str(error) or type(error).__name__) from error
        except httpx.HTTPError as error:
            raise DoubtError(str(error) or type(error).__name__) from error
        body = _parsed(answer)
        if answer.is_success and isinstance(body, dict) and "error" not in body:
            return cast("dict[str, Any]", body)
        if answer.is_success and not isinstance(body, dict):
            # Taken, says the status, and then nothing that could be read: the id is lost, the message is not.
            raise DoubtError(f"{answer.status_code} without an answer that can be read")
        raise trouble_of(answer.status_code, body, _seconds(answer.headers.get("Retry-After")))


def _parsed(answer: httpx.Response) -> Any:
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        return None


def _seconds(text: str | None) -> float | None:
    return min(float(text), 86_400.0) if text and text.isdecimal() else None


__all__ = ["PARALLEL", "DoubtError", "Graph", "NotSentError", "Trouble"]
