"""Two machines in one: a shop and the internet around it, each in a network namespace of its own (iproute2, root)."""

import ctypes
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wabolt.site.caddy.program import find_caddy

SHOP_NAME, AUTHORITY_NAME = "wa.toko.test", "ca.internet.test"
REFUSED_NAME = "ditolak.toko.test"
PUSH_NAME, PUSH_PORT = "push.internet.test", 8080
PUSH_NAMES = (PUSH_NAME, "fcm.googleapis.com", "jmt17.google.com")
"""Names of the push service: the last two are in the subscriptions that Chromium makes (components/push_messaging)."""
SHOP_ADDRESS, OUTSIDE_ADDRESS = "10.77.0.1", "10.77.0.2"
_CLONE_NEWNET = 0x40000000  # sched.h


def why_impossible() -> str:
    """Returns why this machine cannot make network namespaces; "" if it can."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        return "needs root and iproute2"
    name = f"wabolt-try-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    if made.returncode:
        return "this machine does not allow network namespaces"
    subprocess.run(["ip", "netns", "delete", name], check=True)
    return ""


@dataclass(frozen=True)
class Networks:
    """The namespaces of the shop and of the internet. Both know the same names."""

    shop: str
    outside: str

    def command(self, namespace: str, *command: str) -> list[str]:
        return ["ip", "netns", "exec", namespace, *command]


@contextmanager
def two_networks() -> Iterator[Networks]:
    """Makes two connected namespaces with a `hosts` file each, and removes them."""
    networks = Networks(f"wabolt-shop-{os.getpid()}", f"wabolt-out-{os.getpid()}")
    ends = {networks.shop: ("wbs0", SHOP_ADDRESS), networks.outside: ("wbo0", OUTSIDE_ADDRESS)}
    hosts = f"127.0.0.1 localhost\n{SHOP_ADDRESS} {SHOP_NAME} {REFUSED_NAME}\n"
    hosts += f"{OUTSIDE_ADDRESS} {AUTHORITY_NAME} {' '.join(PUSH_NAMES)}\n"
    folders = [Path("/etc/netns") / name for name in ends]
    try:
        for name, folder in zip(ends, folders, strict=True):
            _ip("netns", "add", name)
            folder.mkdir(parents=True)
            (folder / "hosts").write_text(hosts)  # `ip netns exec` shows it as /etc/hosts
        _ip("link", "add", "wbs0", "netns", networks.shop, "type", "veth", "peer", "wbo0", "netns", networks.outside)
        for name, (device, address) in ends.items():
            _ip("-n", name, "address", "add", f"{address}/24", "dev", device)
            for interface in ("lo", device):
                _ip("-n", name, "link", "set", interface, "up")
        yield networks
    finally:
        for name, folder in zip(ends, folders, strict=True):
            subprocess.run(["ip", "netns", "delete", name], check=False)
            shutil.rmtree(folder, ignore_errors=True)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


@contextmanager
def certificate_authority(networks: Networks, folder: Path) -> Iterator[str]:
    """Runs an ACME server in the namespace of the internet. It asks the shop's port 80 before it gives a certificate,
    as Let's Encrypt does. It also terminates TLS for a push service on PUSH_PORT of that namespace.

    Yields the address of its directory; its root certificate is `folder/root.crt`.
    """
    names = [AUTHORITY_NAME, *PUSH_NAMES]
    config: dict[str, Any] = {
        "admin": {"disabled": True, "config": {"persist": False}},
        "storage": {"module": "file_system", "root": str(folder)},
        "apps": {
            "pki": {"certificate_authorities": {"local": {"install_trust": False}}},
            "tls": {"automation": {"policies": [{"subjects": names, "issuers": [{"module": "internal"}]}]}},
            "http": {
                "servers": {
                    "ca": {
                        "listen": [":443"],
                        "automatic_https": {"disable_redirects": True},
                        "routes": [
                            {"match": [{"host": [AUTHORITY_NAME]}], "handle": [_acme_server()]},
                            {"match": [{"host": list(PUSH_NAMES)}], "handle": [_push_service()]},
                        ],
                    }
                }
            },
        },
    }
    (folder / "ca.json").write_text(json.dumps(config))
    process = subprocess.Popen(
        networks.command(networks.outside, str(find_caddy()), "run", "--config", str(folder / "ca.json")),
        env={"HOME": str(folder), "PATH": os.environ["PATH"]}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        obtained = (line for line in process.stderr if "certificate obtained successfully" in line)
        for _name in names:
            next(obtained)
        (folder / "root.crt").write_bytes((folder / "pki" / "authorities" / "local" / "root.crt").read_bytes())
        yield f"https://{AUTHORITY_NAME}/acme/local/directory"
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _push_service() -> dict[str, Any]:
    return {"handler": "reverse_proxy", "upstreams": [{"dial": f"127.0.0.1:{PUSH_PORT}"}]}


def _acme_server() -> dict[str, Any]:
    policy = {"deny": {"domains": [REFUSED_NAME]}}
    return {"handler": "acme_server", "ca": "local", "challenges": ["http-01"], "policy": policy}


@contextmanager
def thread_inside(namespace: str) -> Iterator[ThreadPoolExecutor]:
    """A thread that lives in the namespace: the sockets of what it runs, and of the threads that it starts, belong
    there (setns(2))."""

    def enter() -> None:
        with Path("/run/netns", namespace).open() as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    with ThreadPoolExecutor(1, initializer=enter) as thread:
        yield thread


def wrapper(networks: Networks, namespace: str, program: str, folder: Path) -> Path:
    """Returns a program that runs `program` in the namespace, with its arguments and open files."""
    script = folder / Path(program).name
    words: Sequence[str] = networks.command(namespace, program)
    script.write_text(f'#!/bin/sh\nexec {" ".join(words)} "$@"\n')
    script.chmod(0o755)
    return script
