"""The server and its control from a shell: python -m tests.waserver serve --state DIR, or ctl --port N COMMAND."""

import argparse
import asyncio
import contextlib
import json
import logging
import signal
import sys

from tests.waserver.client import ctl
from tests.waserver.server import WAServer


async def serve(a) -> None:
    srv = await WAServer(a.state, a.port, persist=a.persist).start()
    srv.verbose = a.verbose
    for spec in a.number:
        phone, _, name = spec.partition("=")
        srv.register(phone, name)
    sys.stdout.write(json.dumps({"port": srv.port, "env": srv.env()}) + "\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    for sig in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sig, stop.set)
    await stop.wait()
    await srv.stop()


def main() -> None:
    ap = argparse.ArgumentParser(prog="tests.waserver", description=__doc__)
    sub = ap.add_subparsers(dest="cmd", required=True)
    s = sub.add_parser("serve", help="run the server; the first line it prints is JSON: port and client environment")
    s.add_argument("--state", required=True)
    s.add_argument("--port", type=int, default=0)
    s.add_argument("--persist", action="store_true", help="keep accounts and linked devices over restarts")
    s.add_argument("--number", action="append", default=[], metavar="PHONE[=NAME]", help="register a number at start")
    s.add_argument("-v", "--verbose", action="store_true", help="log every stanza")
    c = sub.add_parser(
        "ctl", help="one control command; values are JSON where they parse as JSON, except phone numbers"
    )
    c.add_argument("--port", type=int, required=True)
    c.add_argument("command")
    c.add_argument("args", nargs="*", metavar="key=value")
    a = ap.parse_args()
    if a.cmd == "serve":
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
        asyncio.run(serve(a))
        return
    args = {}
    for kv in a.args:
        k, _, v = kv.partition("=")
        if k not in ("phone", "sender", "to", "chat", "text", "qr", "code", "name", "quote"):
            with contextlib.suppress(ValueError):
                v = json.loads(v)
        args[k] = v
    sys.stdout.write(json.dumps(ctl(a.port, a.command, **args), indent=1) + "\n")


if __name__ == "__main__":
    main()
