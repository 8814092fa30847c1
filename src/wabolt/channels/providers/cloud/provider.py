"""The provider of numbers over Meta's Cloud API. Incoming events arrive by webhook (`views.cloud_webhook`)."""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from threading import Lock
from typing import Any

import httpx

from wabolt.channels import services
from wabolt.channels.models import Channel, CloudAccount, RawEvent
from wabolt.channels.providers.cloud.errors import NO_SUCH_OBJECT, GraphError, outcome_of
from wabolt.channels.providers.cloud.graph import PARALLEL, DoubtError, Graph, NotSentError
from wabolt.channels.providers.cloud.outgoing import MAX_BUTTONS, MAX_ROWS, MAX_TEXT, body_of, too_long
from wabolt.channels.providers.cloud.parser import parse_event, stored_id
from wabolt.channels.providers.cloud.problems import refusal
from wabolt.channels.providers.media_limits import media_refusal
from wabolt.channels.registry.contract import (
    Accepted,
    Ambiguous,
    Capabilities,
    Later,
    Media,
    MediaGoneError,
    MediaLimit,
    Outcome,
    Outgoing,
    Refused,
)
from wabolt.channels.registry.events import ProviderEvent
from wabolt.channels.registry.templates import TemplateInfo
from wabolt.lib import clock, vault

log = logging.getLogger(__name__)

MB = 1024 * 1024
PER_SECOND = 80
"""Meta's default limit of messages a second."""
OFFLINE_REST = timedelta(seconds=10)
KEEPS_MEDIA = timedelta(days=25)
"""Lifetime of an uploaded file in our cache. Meta keeps it for 30 days."""
_TEMPLATE_FIELDS = "id,name,language,status,category,components,rejected_reason"


class CloudProvider:
    """Implements `registry.Provider` and `registry.TemplateProvider`."""

    capabilities = Capabilities(
        max_messages_per_minute=PER_SECOND * 60,
        max_daily_cap=1_000_000,
        identity_kinds=frozenset({"phone", "bsuid"}),
        max_text_length=MAX_TEXT,
        media={
            "image": MediaLimit(("image/jpeg", "image/png"), 5 * MB),
            "video": MediaLimit(("video/mp4", "video/3gpp"), 16 * MB),
            "audio": MediaLimit(("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"), 16 * MB),
            "document": MediaLimit(
                (
                    "application/pdf",
                    "text/plain",
                    "application/msword",
                    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                    "application/vnd.ms-excel",
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    "application/vnd.ms-powerpoint",
                    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                ),
                100 * MB,
            ),
        },
        reports=frozenset({"media", "reaction", "edit", "revoke", "button", "own"}),
        needs_templates=True,
        service_window=timedelta(hours=24),
        max_buttons=MAX_BUTTONS,
        max_list_rows=MAX_ROWS,
    )

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._graph: Graph | None = None
        self._opened_with = ""
        self._pool: ThreadPoolExecutor | None = None
        self._trouble: Outcome | None = None
        self._number_state: tuple[str, str, str] | None = None
        self._uploading = Lock()
        self._media: dict[tuple[str, str, str], tuple[str, datetime]] = {}

    def connect(self) -> None:
        """Reads the secrets. A number whose secrets cannot be read becomes logged out and sends nothing."""
        self._account()

    def close(self) -> None:
        """Closes the connections."""
        if self._graph is not None:
            self._graph.close()
        if self._pool is not None:
            self._pool.shutdown()
        self._graph, self._pool, self._opened_with = None, None, ""

    def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Sends in parallel, at most PARALLEL at once. Stops when an answer says that the whole lane must rest."""
        account = self._account() if batch else None
        if account is None or self._graph is None:
            return []
        self._pool = self._pool or ThreadPoolExecutor(PARALLEL, f"cloud-{self.channel.pk}")
        self._trouble = self._number_state = None
        path = f"{account.phone_number_id}/messages"
        outcomes: list[Outcome] = []
        waiting = iter(batch)
        while self._trouble is None and (chunk := list(islice(waiting, PARALLEL))):
            answers = list(self._pool.map(partial(self._send_alone, self._graph, path), chunk))
            while answers and answers[-1] is None:
                answers.pop()
            # A later message of the chunk got the answer that stopped the batch; this one was not sent.
            outcomes += [outcome or Later("held_back", timedelta(seconds=1), whole_lane=False) for outcome in answers]
        if self._number_state is not None:
            # An error of the whole number becomes its state. The lane then rests until an owner has acted.
            state, why, detail = self._number_state
            services.set_state(channel=self.channel, state=state, detail={"why": why, "detail": detail})
        return outcomes

    def _send_alone(self, graph: Graph, path: str, out: Outgoing) -> Outcome | None:
        """Calls `_send_one`; an unexpected exception affects only this message."""
        try:
            return self._send_one(graph, path, out)
        except Exception as error:
            log.exception("channel %s: message %s broke off", self.channel.pk, out.ref)
            return Ambiguous(repr(error)[:200])

    def _send_one(self, graph: Graph, path: str, out: Outgoing) -> Outcome | None:
        """Sends one message in a thread of the pool. Returns None when the batch was stopped before."""
        if self._trouble is not None:
            return None
        if refused := self._unfit(out):
            return refused
        try:
            media_id = self._uploaded(graph, path, out.media) if out.media else ""
        except (NotSentError, DoubtError):
            # An upload sends no message, so after any error here nothing was sent.
            self._trouble = Later("offline", OFFLINE_REST)
            return self._trouble
        except GraphError as error:
            outcome = self._ended(error)
            return Later("unavailable", timedelta(minutes=1)) if isinstance(outcome, Ambiguous) else outcome
        try:
            answer = graph.post(path, body_of(out, media_id))
        except GraphError as error:
            return self._ended(error)
        except NotSentError:
            self._trouble = Later("offline", OFFLINE_REST)
            return self._trouble
        except DoubtError as error:
            return Ambiguous(str(error)[:200])
        provider_id = _message_id(answer)
        return Accepted(provider_id, clock.now()) if provider_id else Ambiguous("accepted without an id")

    def _unfit(self, out: Outgoing) -> Refused | None:
        """Returns why Meta would refuse this message, without a request; None if it would not."""
        if out.to_kind not in self.capabilities.identity_kinds:
            return Refused("wrong_number", f"cannot address a {out.to_kind}")
        if long := too_long(out):
            return Refused("too_long", long)
        return media_refusal(self.capabilities, out)

    def _uploaded(self, graph: Graph, path: str, media: Media) -> str:
        """Returns Meta's id of the file. The same file is uploaded once for all recipients."""
        key = (media.sha256, media.mime_type, media.name)
        with self._uploading:
            known = self._media.get(key)
            if known is None or clock.now() - known[1] > KEEPS_MEDIA:
                where = path.removesuffix("messages") + "media"
                known = (graph.upload(where, media.name or media.kind, media.mime_type, media.data), clock.now())
                self._media[key] = known
        return known[0]

    def _ended(self, error: GraphError) -> Outcome:
        outcome = outcome_of(error)
        if isinstance(outcome, Later) and outcome.whole_lane:
            self._trouble = outcome
            if error.number_state is not None:
                self._number_state = (*error.number_state, error.detail)
        return outcome

    def collect(self, limit: int) -> int:
        """Returns 0: events arrive by webhook."""
        return 0

    def parse(self, raw: RawEvent) -> list[ProviderEvent]:
        """Parses a raw event (`parser`)."""
        return parse_event(raw.kind, raw.payload, raw.occurred_at)

    def check_numbers(self, phones: Sequence[str]) -> dict[str, bool | None]:
        """Returns None for each number: Meta does not answer this."""
        return dict.fromkeys(phones)

    def fetch_media(self, reference: Mapping[str, object], max_bytes: int) -> bytes:
        """See `registry.MediaProvider`. Uses a connection of its own, because it runs in parallel with the lane."""
        account = CloudAccount.objects.filter(channel=self.channel).first()
        if account is None:
            raise NotSentError("no account")
        try:
            token = vault.unseal(account.sealed_token)
        except vault.SealBrokenError as error:
            raise NotSentError("the secrets cannot be read") from error
        graph = Graph(token)
        try:
            return graph.download(str(reference["id"]), max_bytes)[0]
        except GraphError as error:
            if error.status in {404, 410} or (error.code, error.subcode) == (100, NO_SUCH_OBJECT):
                raise MediaGoneError(error.message[:200]) from error
            raise NotSentError(error.message[:200]) from error
        except (KeyError, ValueError, httpx.InvalidURL) as error:
            raise MediaGoneError(str(error)[:200]) from error
        finally:
            graph.close()

    def list_templates(self) -> list[TemplateInfo]:
        """Returns all templates of the WhatsApp Business account."""
        graph, account = self._open()
        try:
            rows = graph.pages(f"{account.waba_id}/message_templates", fields=_TEMPLATE_FIELDS, limit="100")
        except GraphError as error:
            raise refusal(error) from error
        return [_template(row) for row in rows]

    def create_template(
        self,
        name: str,
        language: str,
        category: str,
        components: Sequence[Mapping[str, object]],
        sample: Media | None = None,
    ) -> TemplateInfo:
        """Submits a template. Raises DomainError with Meta's reason when it is refused."""
        graph, account = self._open()
        parts = [dict(component) for component in components]
        try:
            if sample is not None:
                handle = graph.upload_sample(sample.name or sample.kind, sample.mime_type, sample.data)
                example = {"header_handle": [handle]}
                parts.insert(0, {"type": "HEADER", "format": sample.kind.upper(), "example": example})
            body = {"name": name, "language": language, "category": category.upper(), "components": parts}
            answer = graph.post(f"{account.waba_id}/message_templates", body)
        except GraphError as error:
            raise refusal(error) from error
        return _template(body | {"status": "PENDING"} | answer)

    def _open(self) -> tuple[Graph, CloudAccount]:
        account = self._account()
        if account is None or self._graph is None:
            raise refusal(GraphError(401))
        return self._graph, account

    def _account(self) -> CloudAccount | None:
        """Returns the current account and keeps `_graph` in step with it; a renewed token is used at once."""
        account = CloudAccount.objects.filter(channel=self.channel).first()
        if account is None:
            return None
        if self._graph is None or account.sealed_token != self._opened_with:
            try:
                token = vault.unseal(account.sealed_token)
            except vault.SealBrokenError:
                services.set_state(channel=self.channel, state=Channel.State.LOGGED_OUT, detail={"why": "seal_broken"})
                return None
            if self._graph is not None:
                self._graph.close()
            self._graph, self._opened_with = Graph(token), account.sealed_token
        return account


def _message_id(answer: Mapping[str, Any]) -> str:
    messages = answer.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    return stored_id(first.get("id") or "") if isinstance(first, dict) else ""


def _template(row: Mapping[str, Any]) -> TemplateInfo:
    reason = str(row.get("rejected_reason") or "")
    return TemplateInfo(
        vendor_id=str(row.get("id", "")),
        name=str(row.get("name", "")),
        language=str(row.get("language", "")),
        category=str(row.get("category", "")).lower(),
        status=str(row.get("status", "")).lower(),
        components=tuple(part for part in row.get("components", ()) if isinstance(part, dict)),
        reason="" if reason == "NONE" else reason,
    )
