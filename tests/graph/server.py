"""A fake Graph server: one WhatsApp Business account with one number, scripted per message.

with GraphServer() as graph:
    settings.GRAPH_URL = graph.url
    graph.script["+628111"] = Answer(400, 131026)
    ...
    assert graph.taken == Counter({"17": 1})
"""

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import new as hmac_new
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlsplit

TOKEN, APP_SECRET, VERIFY = "EAAtoken", "0123456789abcdef", "kata-rahasia"
NUMBER_ID, WABA_ID, APP_ID = "106540352242922", "102290129340398", "500600700"


@dataclass(frozen=True)
class Answer:
    """An HTTP error as the answer: Graph's code (None: the body is not JSON), and headers."""

    status: int
    code: int | None = None
    message: str = "scripted"
    headers: dict[str, str] = field(default_factory=dict)
    subcode: int | None = None


Fault = Literal["drop_before", "drop_after", "hang_before", "hang_after", "garbage"]
"""A broken or slow connection before or after the message is accepted, or an answer that is not JSON."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    """The provider opens PARALLEL connections at once. A full queue drops some; they are tried again after seconds."""


class GraphServer:
    """The server and its state. `taken` counts by our ref the messages that Meta would deliver."""

    def __init__(self) -> None:
        self.token = TOKEN
        self.app_secret = APP_SECRET
        self.script: dict[str, Answer | Fault] = {}
        self.taken: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.templates: list[dict[str, Any]] = []
        self.media: dict[str, tuple[bytes, str]] = {}
        self.samples: dict[str, tuple[bytes, str]] = {}
        self.expected = (0, "")
        self.subscribed = 0
        self.page_size = 100
        self.id_end = ""  # appended to the ids of messages
        self.delay = 0.0
        self.answer_all: Answer | None = None
        self.let_go = threading.Event()
        self.lock = threading.Lock()
        self._busy = 0
        self.most_at_once = 0
        graph = self

        class Handler(GraphHandler):
            server_graph = graph

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v24.0"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def enter(self) -> None:
        with self.lock:
            self._busy += 1
            self.most_at_once = max(self.most_at_once, self._busy)

    def leave(self) -> None:
        with self.lock:
            self._busy -= 1

    def take(self, body: dict[str, Any]) -> str:
        """Accepts a message."""
        ref = str(body.get("biz_opaque_callback_data", ""))
        with self.lock:
            self.taken[ref] += 1
            self.bodies.append(body)
            return f"wamid.{ref}.{self.taken[ref]}{self.id_end}"


class GraphHandler(BaseHTTPRequestHandler):
    """Handles one request."""

    server_graph: GraphServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Writes no log."""

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def _answer(self, method: str) -> None:
        graph = self.server_graph
        graph.enter()
        try:
            if graph.delay:
                time.sleep(graph.delay)
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            path = parts.path.removeprefix("/v24.0/").strip("/")
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            if graph.answer_all is not None:
                return self._error(graph.answer_all)
            scheme = "OAuth" if path.startswith("upload:") else "Bearer"
            if self.headers.get("Authorization") != f"{scheme} {graph.token}":
                return self._error(Answer(401, 190, "Error validating access token: Session has expired"))
            if method == "POST":
                return self._post(path, raw, query)
            return self._get(path, query)
        finally:
            graph.leave()

    def _get(self, path: str, query: dict[str, str]) -> None:
        graph = self.server_graph
        if path == "app":
            return self._json({"id": APP_ID})
        if path == NUMBER_ID:
            token, secret = graph.token.encode(), graph.app_secret.encode()
            if "appsecret_proof" in query and query["appsecret_proof"] != hmac_new(secret, token, sha256).hexdigest():
                return self._error(Answer(400, 100, "Invalid appsecret_proof provided in the API argument"))
            return self._json(
                {
                    "id": NUMBER_ID,
                    "display_phone_number": "+62 811-0000-0001",
                    "verified_name": "Gaya Nusantara",
                    "quality_rating": "GREEN",
                    "messaging_limit_tier": "TIER_10K",
                }
            )
        if path == f"{WABA_ID}/phone_numbers":
            return self._json({"data": [{"id": NUMBER_ID}]})
        if path == f"{WABA_ID}/message_templates":
            start = int(query.get("after") or 0)
            rows = graph.templates[start : start + graph.page_size]
            paging: dict[str, Any] = {"cursors": {"after": str(start + len(rows))}}
            if start + len(rows) < len(graph.templates):
                paging["next"] = "https://example.invalid/next"
            return self._json({"data": rows, "paging": paging})
        if path in graph.media:
            _content, mime_type = graph.media[path]
            return self._json({"id": path, "url": f"{graph.url}/files/{path}", "mime_type": mime_type})
        if path.startswith("files/") and path[6:] in graph.media:
            return self._bytes(200, *graph.media[path[6:]])
        return self._error(Answer(400, 100, f"Object with ID '{path}' does not exist", subcode=33))

    def _post(self, path: str, raw: bytes, query: dict[str, str]) -> None:
        graph = self.server_graph
        if path == f"{APP_ID}/uploads":
            graph.expected = (int(query["file_length"]), query["file_type"])
            return self._json({"id": "upload:MTphdHRh"})
        if path == "upload:MTphdHRh" and self.headers.get("file_offset") == "0" and len(raw) == graph.expected[0]:
            graph.samples["4::aW"] = (raw, graph.expected[1])
            return self._json({"h": "4::aW"})
        if path == f"{WABA_ID}/subscribed_apps":
            graph.subscribed += 1
            return self._json({"success": True})
        if path == f"{NUMBER_ID}/media":
            with graph.lock:
                name = str(1000 + len(graph.media))
                graph.media[name] = (raw, "application/octet-stream")
            return self._json({"id": name})
        try:
            body = json.loads(raw)
        except ValueError:
            return self._error(Answer(400, 100, "no JSON"))
        if path == f"{WABA_ID}/message_templates":
            if any(row["name"] == body["name"] for row in graph.templates):
                return self._error(Answer(400, 100, "Message template name already exists"))
            row = {"id": str(9000 + len(graph.templates)), "status": "PENDING", **body}
            graph.templates.append(row)
            return self._json({"id": row["id"], "status": "PENDING", "category": body["category"]})
        if path == f"{NUMBER_ID}/messages":
            return self._message(body)
        return self._error(Answer(400, 100, f"Object with ID '{path}' does not exist", subcode=33))

    def _message(self, body: dict[str, Any]) -> None:
        graph = self.server_graph
        to = str(body.get("recipient") or f"+{body.get('to', '')}")
        step = graph.script.get(str(body.get("biz_opaque_callback_data"))) or graph.script.get(to)
        if isinstance(step, Answer):
            return self._error(step)
        if step in {"drop_before", "hang_before"}:
            return self._break(step)
        name = graph.take(body)
        if step in {"drop_after", "hang_after"}:
            return self._break(step)
        if step == "garbage":
            return self._bytes(200, b"<html>ok</html>", "text/html")
        return self._json({"messaging_product": "whatsapp", "contacts": [{"input": to}], "messages": [{"id": name}]})

    def _break(self, step: str) -> None:
        if step.startswith("hang"):
            self.server_graph.let_go.wait(10)
        self.close_connection = True

    def _json(self, what: Any) -> None:
        self._bytes(200, json.dumps(what).encode(), "application/json")

    def _error(self, answer: Answer) -> None:
        if answer.code is None:
            return self._bytes(answer.status, b"<html>gateway</html>", "text/html", answer.headers)
        error = {
            "message": answer.message,
            "type": "OAuthException",
            "code": answer.code,
            "error_subcode": answer.subcode,
        }
        return self._bytes(answer.status, json.dumps({"error": error}).encode(), "application/json", answer.headers)

    def _bytes(self, status: int, content: bytes, mime_type: str, headers: dict[str, str] | None = None) -> None:
        try:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", mime_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True
