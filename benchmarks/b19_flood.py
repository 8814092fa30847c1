"""B19: a flood of forms. The owner's pages stay fast, no message is sent, and a normal visitor gets in.

    python -m benchmarks.b19_flood [--submits 10000] [--clients 64] [--contacts 20000]

The real web server runs with one process per processor. Every submit comes from another network (a trusted proxy names
the client) and has a key of its own, as a program would do that opens the form each time. Meanwhile one member opens
pages, with a pause of 100 ms after each. The same pages without a flood are the comparison. Afterwards a visitor opens
the form, solves the challenge and gets the page with the button.
"""

import argparse
import json
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

from benchmarks.b13_load import PAGES, free_port, wait_for
from benchmarks.common import throwaway

MINUTE_AGO = 60


def prepare(contacts: int) -> tuple[str, str, Any]:
    """Creates the shop, a member and a form. Returns the session, the path of the form, and the entry point."""
    from benchmarks.b7_pages import client_of, fill
    from wabolt.channels.models import Channel
    from wabolt.optin.services import PointDraft, create_point

    workspace = fill(contacts)
    channel = Channel.objects.filter(workspace=workspace).first() or Channel.objects.create(
        workspace=workspace, name="Kasir", provider="simulator", phone="+6281100000001", state="connected"
    )
    Channel.objects.filter(pk=channel.pk).update(phone="+6281100000001")
    questions = [{"key": "name", "required": True}, {"key": "city"}]
    point = create_point(
        workspace=workspace, draft=PointDraft(kind="form", name="Web", channel=channel, questions=questions)
    )
    return client_of(workspace).cookies["sessionid"].value, f"/m/{point.slug}/", point


def submits(path: str, port: int, point: Any, count: int) -> list[bytes]:
    """The requests of the flood."""
    from wabolt.accounts.services import seal_form
    from wabolt.optin.public_forms import guard_of
    from wabolt.optin.services.entries import ShownWordings

    made, shown, guard = [], ShownWordings.of(point), guard_of(point)
    for number in range(count):
        key = seal_form(guard, age=MINUTE_AGO, shown=shown)
        body = urlencode({"key": key, "answer_name": f"Spam {number}", "marketing": "on"}).encode()
        client = f"{11 + number // 65536}.{number // 256 % 256}.{number % 256}.7"
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Forwarded-For: {client}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


def flood(port: int, requests: list[bytes], clients: int) -> dict[int, int]:
    """Sends all requests over `clients` connections. Returns the number of answers per status."""
    waiting, statuses = iter(requests), dict[int, int]()
    selector, left = selectors.DefaultSelector(), len(requests)
    for _client in range(clients):
        sock = socket.create_connection(("127.0.0.1", port))
        selector.register(sock, selectors.EVENT_READ, bytearray())
        sock.sendall(next(waiting))
    while left:
        for key, _event in selector.select(30):
            received, sock = key.data, key.fileobj
            data = sock.recv(1 << 18)  # type: ignore[union-attr]
            if not data:
                raise ConnectionError("the server closed a connection")
            received += data
            end = received.find(b"\r\n\r\n")
            head = bytes(received[:end]).lower() if end >= 0 else b""
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            if end < 0 or len(received) < end + 4 + length:
                continue
            status = int(head[9:12])
            statuses[status] = statuses.get(status, 0) + 1
            received.clear()
            left -= 1
            following = next(waiting, None)
            if following is not None:
                sock.sendall(following)  # type: ignore[union-attr]
    return statuses


def member(port: int, session: str, stop: threading.Event, took: list[float]) -> None:
    """Opens pages one after the other until `stop`."""
    turn = 0
    while not stop.is_set():
        begun = time.perf_counter()
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", PAGES[turn % len(PAGES)], headers={"Cookie": f"sessionid={session}"})
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise RuntimeError(f"{response.status} for a page of a member")
        took.append(time.perf_counter() - begun)
        connection.close()
        turn += 1
        stop.wait(0.1)


def visitor(port: int, path: str) -> str:
    """A visitor of the crowded form: opens it, solves the challenge, sends it. Returns the result."""

    from altcha import Challenge, Payload, solve_challenge

    def ask(method: str, address: str, body: str = "") -> tuple[int, str, str]:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        kind = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": "203.0.113.9"}
        connection.request(method, address, body or None, headers=kind)
        response = connection.getresponse()
        return response.status, response.read().decode(), response.headers.get("Location", "")

    _status, html, _place = ask("GET", path)
    key = re.search(r'name="key" value="([^"]+)"', html)
    puzzle = re.search(r'data-challenge="([^"]+)"', html)
    if key is None or puzzle is None:
        return "the form has no challenge"
    begun = time.perf_counter()
    made = Challenge.from_dict(json.loads(ask("GET", puzzle[1])[1]))
    solution = solve_challenge(made)
    assert solution is not None
    seconds = time.perf_counter() - begun
    time.sleep(2.1)  # a person needs longer than a program
    values = {"key": key[1], "answer_name": "Ayu", "marketing": "on", "altcha": Payload(made, solution).to_base64()}
    status, _html, place = ask("POST", path, urlencode(values))
    status, html, _place = ask("GET", place) if place else (status, "", "")
    return f"{status}, button: {'wa.me' in html}, solved in {seconds:.1f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submits", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--contacts", type=int, default=20_000)
    options = parser.parse_args()
    with throwaway() as url:
        session, path, point = prepare(options.contacts)
        port = free_port()
        requests = submits(path, port, point, options.submits)
        web = subprocess.Popen(
            [sys.executable, "-m", "wabolt", "web", "--port", str(port)],
            env={**os.environ, "DATABASE_URL": url},
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(port)
            measure(port, session, path, requests, options.clients)
        finally:
            web.send_signal(signal.SIGTERM)
            web.wait(30)
        report(point)


def measure(port: int, session: str, path: str, requests: list[bytes], clients: int) -> None:
    """Prints the member's times without and with the flood, and what a visitor finds afterwards."""
    print(f"B19: load average {os.getloadavg()[0]:.1f}")
    for name in ("calm", "flood"):
        took: list[float] = []
        stop = threading.Event()
        pages = threading.Thread(target=member, args=(port, session, stop, took))
        pages.start()
        begun = time.perf_counter()
        statuses = flood(port, requests, clients) if name == "flood" else {}
        if name == "calm":
            time.sleep(5)
        seconds = time.perf_counter() - begun
        stop.set()
        pages.join()
        ordered = sorted(took[2:])
        median, p95 = (1000 * ordered[int(len(ordered) * part)] for part in (0.5, 0.95))
        print(f"{name:6} {seconds:6.1f} s, {len(took)} pages of the member: median {median:.0f} ms, p95 {p95:.0f} ms,"
              f" submits/s {sum(statuses.values()) / seconds:.0f} {statuses}")  # fmt: skip
    print(f"a visitor after it: {visitor(port, path)}")


def report(point: Any) -> None:
    """Prints what the flood left."""
    from wabolt.messaging.models import Message
    from wabolt.optin.models import Entry

    waiting = Entry.objects.filter(point=point).count()
    sent = Message.objects.filter(workspace=point.workspace, origin_kind="entry_point").count()
    print(f"pending entries {waiting}, messages {sent}")


if __name__ == "__main__":
    main()
