"""Caddy's configuration, as the JSON that `caddy run --config` reads."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wabolt.site.caddy.names import INTERNAL, PublicNames
from wabolt.site.front.head import PROXY_SECRET
from wabolt.site.serving import HEADERS_WITHIN

MOST_REQUESTS = 1000
"""Concurrent requests that Caddy passes on; further ones get 503. The limit bounds the memory for clients that send
many requests and read no response (HTTP/2 allows 250 requests per connection)."""
STALLED = "20s"
"""Time without a byte in either direction after which a client is disconnected. The front has stricter limits
(`site.front`)."""
PIECE = 16 * 1024
"""Bytes that a client has to read within `STALLED`."""
REUSE = "5s"
"""Time for which Caddy keeps an idle connection to our web server. It is shorter than that server's own, so that Caddy
never sends a request into a connection that is being closed."""
_RESTARTING = (
    '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<meta http-equiv="refresh" content="5"><title>WABolt</title>'
    "<p>WABolt sedang dinyalakan. Halaman ini terbuka sendiri sebentar lagi, Kak."
    '<p lang="en">WABolt is starting. This page opens by itself in a moment.'
)


@dataclass(frozen=True)
class Ports:
    """The port of our web server on this machine, the ports on which Caddy listens, and the port that visitors use: a
    router may pass its port 443 on to another one here."""

    web: int
    http: int = 80
    https: int = 443
    public: int = 443


def make_config(public: PublicNames, ports: Ports, secret: str, folder: Path) -> dict[str, Any]:
    """Returns the configuration. `secret` proves to the front that a request comes from Caddy. `folder` receives the
    certificates and their keys."""
    return {
        "admin": {"disabled": True, "config": {"persist": False}},
        # Errors of requests quote addresses and search words, which are personal data.
        "logging": {"logs": {"default": {"exclude": ["http.log.error", "http.handlers.reverse_proxy"]}}},
        "storage": {"module": "file_system", "root": str(folder)},
        "apps": {
            "http": {
                "http_port": ports.http,
                "https_port": ports.https,
                "grace_period": "5s",
                "servers": {"https": _https(public, ports, secret), "http": _http(public, ports)},
            },
            "tls": {"automation": {"policies": [{"subjects": list(public.names), "issuers": [_issuer(public)]}]}},
            "pki": {"certificate_authorities": {"local": {"install_trust": False}}},
        },
    }


def _limits() -> dict[str, Any]:
    """Limits of a client, for both servers. Names: https://caddyserver.com/docs/json/apps/http/servers/"""
    return {
        "read_header_timeout": f"{HEADERS_WITHIN}ms",
        "idle_timeout": "60s",
        "read_idle_timeout": STALLED,
        "write_idle_timeout": STALLED,
        "max_write_chunk": PIECE,
        "max_header_bytes": 32 * 1024,
    }


def _https(public: PublicNames, ports: Ports, secret: str) -> dict[str, Any]:
    proxy = {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": f"127.0.0.1:{ports.web}", "max_requests": MOST_REQUESTS}],
        "transport": {
            "protocol": "http",
            "versions": ["1.1"],
            "dial_timeout": "3s",
            "keep_alive": {"idle_timeout": REUSE, "max_idle_conns_per_host": 64},
        },
        # A connection that is refused while the web process restarts is tried again. Caddy sets X-Forwarded-For and
        # -Proto itself and drops those of the client, because it trusts no proxy.
        "load_balancing": {"try_duration": "5s", "try_interval": "250ms"},
        "headers": {"request": {"set": {PROXY_SECRET: [secret]}}},
    }
    compress = {"handler": "encode", "encodings": {"zstd": {}, "gzip": {}}, "prefer": ["zstd", "gzip"]}
    return {
        **_limits(),
        "listen": [f":{ports.https}"],
        "protocols": ["h1", "h2"],
        "automatic_https": {"disable_redirects": True},
        "strict_sni_host": True,
        # Without this option, Go waits for the rest of a refused body before it passes on the response.
        "enable_full_duplex": True,
        "routes": [{"match": [{"host": list(public.names)}], "handle": [compress, proxy], "terminal": True}],
        "errors": {"routes": [{"handle": [_restarting()]}]},
    }


def _restarting() -> dict[str, Any]:
    return {
        "handler": "static_response",
        "status_code": "{http.error.status_code}",
        "headers": {"Content-Type": ["text/html; charset=utf-8"], "Retry-After": ["5"], "Cache-Control": ["no-store"]},
        "body": _RESTARTING,
    }


def _http(public: PublicNames, ports: Ports) -> dict[str, Any]:
    port = "" if ports.public == 443 else f":{ports.public}"
    redirect = {
        "handler": "static_response",
        "status_code": 308,
        "headers": {"Location": [f"https://{{http.request.host}}{port}{{http.request.uri}}"], "Connection": ["close"]},
    }
    unknown = {"handler": "static_response", "status_code": 421, "close": True}
    return {
        **_limits(),
        "listen": [f":{ports.http}"],
        "protocols": ["h1"],
        "routes": [
            {"match": [{"host": list(public.names)}], "handle": [redirect], "terminal": True},
            {"handle": [unknown]},
        ],
    }


def _issuer(public: PublicNames) -> dict[str, Any]:
    if public.authority == INTERNAL:
        return {"module": "internal"}
    issuer: dict[str, Any] = {"module": "acme"}
    if public.authority:
        issuer["ca"] = public.authority
    return issuer
