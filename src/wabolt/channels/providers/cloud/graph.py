"""A thin client of the Graph API. It distinguishes requests that certainly did not arrive from ambiguous ones."""

import json
from collections.abc import Mapping
from typing import Any, cast

import httpx
from django.conf import settings

from wabolt.channels.providers.cloud.errors import GraphError, error_of
from wabolt.channels.registry.contract import MediaTooBigError
from wabolt.lib.outgoing import trusted_authorities

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 20.0
PARALLEL = 20
"""Parallel requests. At 250 ms for an answer this is 80 messages a second, Meta's default limit."""


class NotSentError(OSError):
    """No connection was made: the request did not arrive."""


class DoubtError(OSError):
    """The connection broke at a point where the request may have arrived."""


class Graph:
    """Requests with one token. Thread-safe; keeps connections open until `close`."""

    def __init__(self, token: str, *, url: str | None = None) -> None:
        """`url`: base address of the Graph API with its version; the setting GRAPH_URL by default."""
        self._token = token
        self._client = httpx.Client(
            verify=trusted_authorities(),
            base_url=(url or settings.GRAPH_URL) + "/",
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS, pool=ANSWER_SECONDS),
            limits=httpx.Limits(max_connections=PARALLEL, max_keepalive_connections=PARALLEL, keepalive_expiry=30),
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        """Closes the connections. Safe to call twice."""
        self._client.close()

    def get(self, path: str, **params: str) -> dict[str, Any]:
        """Sends a GET request. Raises GraphError, NotSentError or DoubtError."""
        return self._call("GET", path, params=params)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Sends a POST request with JSON. Raises GraphError, NotSentError or DoubtError."""
        return self._call("POST", path, json=body)

    def upload(self, path: str, name: str, mime_type: str, content: bytes) -> str:
        """Uploads a file to `<phone number id>/media` and returns Meta's id of it, valid for 30 days."""
        files = {"file": (name, content, mime_type)}
        answer = self._call("POST", path, files=files, data={"messaging_product": "whatsapp", "type": mime_type})
        if not answer.get("id"):
            raise DoubtError("a file was taken without an id")
        return str(answer["id"])

    def upload_sample(self, name: str, mime_type: str, content: bytes) -> str:
        """Uploads an example file for a template and returns Meta's handle of it. The upload belongs to the app of the
        token and uses another endpoint than files of messages."""
        app = self.get("app", fields="id")
        about = {"file_name": name, "file_length": str(len(content)), "file_type": mime_type}
        session = self._call("POST", f"{app['id']}/uploads", params=about)
        headers = {"Authorization": f"OAuth {self._token}", "file_offset": "0", "Content-Type": mime_type}
        # The session id looks like a URL with its own scheme, so it is concatenated instead of joined.
        address = f"{self._client.base_url}{session['id']}"
        return str(self._call("POST", address, headers=headers, content=content)["h"])

    def pages(self, path: str, **params: str) -> list[dict[str, Any]]:
        """Returns all rows of a paginated list."""
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
        """Returns the bytes and the MIME type of a received file.

        Raises GraphError, OSError, MediaTooBigError when it is larger than `max_bytes`, and ValueError when its address
        is not Meta's: the token is sent only to Meta's hosts and to the host of the Graph API.
        """
        if not media_id.isalnum():
            raise ValueError("no id of a file")
        about = self.get(media_id)
        url = httpx.URL(str(about["url"]))
        if not self._is_metas(url):
            raise ValueError(f"the address of a file is not Meta's: {url.host}")
        stated_size = about.get("file_size")
        if isinstance(stated_size, int) and stated_size > max_bytes:
            raise MediaTooBigError(f"{stated_size} bytes")
        content = bytearray()
        try:
            with self._client.stream("GET", url) as answer:
                if answer.status_code != 200:
                    raise error_of(answer.status_code, None)
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
            # The status says accepted but the body is unreadable: the message may exist, and its id is lost.
            raise DoubtError(f"{answer.status_code} without an answer that can be read")
        raise error_of(answer.status_code, body, _seconds(answer.headers.get("Retry-After")))


def _parsed(answer: httpx.Response) -> Any:
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        return None


def _seconds(text: str | None) -> float | None:
    return min(float(text), 86_400.0) if text and text.isdecimal() else None


__all__ = ["PARALLEL", "DoubtError", "Graph", "GraphError", "NotSentError"]
