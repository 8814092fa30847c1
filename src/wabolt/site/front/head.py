"""The WSGI environment of a request, without anything that a client can forge."""

import hmac
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Header = tuple[bytes, bytes]

# WSGI maps "-" and "_" to the same name, so "X_Forwarded_For" would replace the header of the proxy.
_NAME = re.compile(rb"[a-z0-9-]+")
# Headers by which proxies describe the client. The first two are read from trusted proxies; none reaches Django.
_PROXY_HEADERS = re.compile(rb"x-forwarded(-.*)?|forwarded|x-real-ip|x-client-ip|true-client-ip|proxy|x-wabolt-proxy")
PROXY_SECRET = "X-Wabolt-Proxy"  # noqa: S105 -- the name of the header
"""The header with which our own Caddy proves that a request comes from it."""
_SCHEMES = ("http", "https")


@dataclass(frozen=True)
class Proxies:
    """The trusted proxies: addresses and networks, or everyone ("*"). With a `secret`, the peer of a connection is
    trusted if and only if its request carries it."""

    networks: tuple[IPv4Network | IPv6Network, ...]
    everyone: bool = False
    secret: str = ""

    @classmethod
    def parse(cls, entries: Iterable[str], secret: str = "") -> "Proxies":
        """Raises ValueError for an entry that is neither an address, a network nor "*"."""
        names = list(entries)
        return cls(tuple(ip_network(name, strict=False) for name in names if name != "*"), "*" in names, secret)

    def __contains__(self, address: str) -> bool:
        parsed = _address(address)
        return parsed is not None and (self.everyone or any(parsed in network for network in self.networks))

    def client(self, peer: str, headers: Iterable[Header]) -> tuple[str, str]:
        """Returns the client's address and scheme ("" if unknown) for a connection from `peer`.

        Each proxy appends the address from which it received the request. The last address that is not a trusted proxy
        is therefore the client; the addresses before it are the client's own claim.
        """
        named = [(name.lower(), value.decode("latin-1")) for name, value in headers]
        if not self._trusts(peer, named):
            return peer, ""
        hops = [hop.strip() for name, value in named if name == b"x-forwarded-for" for hop in value.split(",")]
        schemes = [value.strip().lower() for name, value in named if name == b"x-forwarded-proto"]
        client = peer
        for hop in reversed(hops):
            address = _address(hop)
            if address is None:
                break
            client = str(address)
            if client not in self:
                break
        return client, schemes[-1] if schemes and schemes[-1] in _SCHEMES else ""

    def _trusts(self, peer: str, named: list[tuple[bytes, str]]) -> bool:
        if not self.secret:
            return peer in self
        name = PROXY_SECRET.lower().encode("ascii")
        given = [value.encode("latin-1") for key, value in named if key == name]
        return len(given) == 1 and hmac.compare_digest(given[0], self.secret.encode("latin-1"))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Parses "192.0.2.1", "192.0.2.1:4711", "2001:db8::1" or "[2001:db8::1]:4711"; None for anything else."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        parsed = ip_address(bare)
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed


def environ_of(scope: dict[str, Any], proxies: Proxies) -> dict[str, Any]:
    """Returns the WSGI environment for an ASGI `scope`, without `wsgi.input`."""
    headers: list[Header] = list(scope["headers"])
    peer = (scope.get("client") or ("", 0))[0]
    address, scheme = proxies.client(peer, headers)
    server, port = scope.get("server") or ("localhost", 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": _path(scope),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": address,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme or scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw, value in headers:
        name = raw.lower()
        if not _NAME.fullmatch(name) or _PROXY_HEADERS.fullmatch(name):
            continue
        key = name.decode("ascii").replace("-", "_").upper()
        key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
        text = value.decode("latin-1")
        if key in environ:
            text = environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + text
        environ[key] = text
    return environ


def _path(scope: dict[str, Any]) -> str:
    """Returns PATH_INFO: the bytes of the path, one character each."""
    return str(scope["path"]).encode("utf-8", "surrogateescape").decode("latin-1")
