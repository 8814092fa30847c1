"""B9: receive signed webhooks from Meta over HTTP through the real web server, compared with bare inserts of the same
events.

    python -m benchmarks.b9_webhook [--events 20000] [--clients 16] [--repeat 3]

The benchmark runs twice: with one status per call, as Meta sends in quiet times, and with twenty, as Meta sends under
load. The limit stores the same payloads into the same table from the same number of connections with one commit per
call, without HTTP, signature or JSON. Both sides commit before they acknowledge.
"""

import argparse
import hmac
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.common import make_workspace, say, throwaway

SECRET, NUMBER = "0123456789abcdef", "106540352242922"
SERVE = "from wabolt.site.serving import serve; serve('127.0.0.1', {port})"
INSERT = """
INSERT INTO channels_rawevent (channel_id, kind, dedupe_key, payload, occurred_at, received_at, attempts, error)
SELECT %s, 'status', k, p, now(), now(), 0, '' FROM unnest(%s::text[], %s::jsonb[]) AS e (k, p)
ON CONFLICT (channel_id, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING
"""


def bodies_of(events: int, each: int, run: str) -> list[bytes]:
    """Webhook bodies with `each` statuses, in Meta's format."""
    found = []
    for start in range(0, events, each):
        statuses = [
            {
                "id": f"wamid.{run}.{n}",
                "status": "delivered",
                "timestamp": "1795000000",
                "recipient_id": f"62812{n:08}",
                "biz_opaque_callback_data": str(n),
                "pricing": {"billable": True, "pricing_model": "PMP", "category": "marketing", "type": "regular"},
            }
            for n in range(start, min(start + each, events))
        ]
        metadata = {"display_phone_number": "628110001", "phone_number_id": NUMBER}
        value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": statuses}
        told = {
            "object": "whatsapp_business_account",
            "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}],
        }
        found.append(json.dumps(told).encode())
    return found


def storm(port: int, path: str, bodies: list[bytes], clients: int) -> float:
    """Posts all bodies over persistent connections. Returns the seconds. Raises when an answer is not 200."""
    signed = [(body, "sha256=" + hmac.new(SECRET.encode(), body, sha256).hexdigest()) for body in bodies]

    def work(part: list[tuple[bytes, str]]) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for body, signature in part:
            line.request("POST", path, body, {"X-Hub-Signature-256": signature, "Content-Type": "application/json"})
            answer = line.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"answered {answer.status}")
        line.close()

    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(work, [signed[n::clients] for n in range(clients)]))
    return time.perf_counter() - started


def bare(url: str, channel: int, bodies: list[bytes], clients: int) -> float:
    """Inserts the same payloads straight into the table. Returns the seconds."""
    import psycopg
    from psycopg.types.json import Jsonb

    from wabolt.channels.providers.cloud.envelope import pieces, read_body

    ready = [[(piece.dedupe_key, Jsonb(piece.payload)) for piece in pieces(read_body(body))] for body in bodies]

    def work(part: list[list[tuple[str, Any]]]) -> None:
        with psycopg.connect(url, autocommit=True) as line:
            for rows in part:
                line.execute(INSERT, [channel, [key for key, _ in rows], [payload for _, payload in rows]])

    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(work, [ready[n::clients] for n in range(clients)]))
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    with throwaway() as url:
        from wabolt.channels.models import Channel, CloudAccount, RawEvent
        from wabolt.lib import vault

        channel = Channel.objects.create(workspace=make_workspace(), provider="cloud", name="b", state="connected")
        CloudAccount.objects.create(
            channel=channel, phone_number_id=NUMBER, waba_id="1", sealed_token=vault.seal("t"),
            sealed_app_secret=vault.seal(SECRET), sealed_verify_token=vault.seal("v"),
        )  # fmt: skip
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        source = str(Path(__file__).parents[1] / "src")
        environment = os.environ | {"PYTHONPATH": source, "WABOLT_LOG_LEVEL": "ERROR"}
        web = subprocess.Popen([sys.executable, "-c", SERVE.format(port=port)], env=environment, start_new_session=True)
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            path = f"/webhooks/whatsapp/{channel.pk}/"
            for each in (1, 20):
                events = options.events if each > 1 else options.events // 4
                ours, limit = [], []
                for turn in range(options.repeat):
                    bodies = bodies_of(events, each, f"{each}.{turn}")
                    ours.append(events / storm(port, path, bodies, options.clients))
                    limit.append(
                        events / bare(url, channel.pk, bodies_of(events, each, f"x{each}.{turn}"), options.clients)
                    )
                again = events / storm(port, path, bodies, options.clients)
                a, b = statistics.median(ours), statistics.median(limit)
                told = f"{a:,.0f} events/s, bare inserts {b:,.0f}, ratio {a / b:.2f}; told again {again:,.0f}"
                print(f"{each:2} a call: {told}")
            say(f"{RawEvent.objects.count()} events kept")
        finally:
            os.killpg(web.pid, signal.SIGTERM)
            web.wait(10)


if __name__ == "__main__":
    main()
