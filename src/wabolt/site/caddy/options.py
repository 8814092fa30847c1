"""The options of `wabolt up` about the public address. Does not import Django, whose settings depend on them."""

import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click

from wabolt.site.caddy.names import INTERNAL, PublicNames, forget_names, parse_name, read_names
from wabolt.site.caddy.program import OLDEST, CaddyMissingError, find_caddy
from wabolt.site.lan import WILDCARDS
from wabolt.site.terminal import say
from wabolt.site.words import _

FOLDER = "caddy"
"""Caddy's folder in the home folder."""
SECRET_BYTES = 32
PORTS = click.IntRange(1, 65_535)
_WITH_VALUE = {"--domain", "--acme-ca", "--http-port", "--https-port"}


@dataclass(frozen=True)
class PublicOptions:
    """The options of `wabolt up` about the public address, as typed."""

    domains: tuple[str, ...] = ()
    no_domain: bool = False
    acme_ca: str = ""
    http_port: int = 80
    https_port: int = 443


def public_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options about the public address to a command, which gets them as the argument `address`."""
    options = [
        click.option(
            "--domain", "domains", multiple=True, metavar="NAME",
            help=_("Serve this domain name on the internet with https, for example wa.toko.id. It is remembered."),
        ),
        click.option("--no-domain", is_flag=True, help=_("Forget the domain name.")),
        click.option(
            "--acme-ca", default="", metavar="URL",
            help=_("A certificate authority other than Let's Encrypt (its ACME directory), or: internal."),
        ),
        click.option(
            "--http-port", type=PORTS, default=80, show_default=True, help=_("Port to which a router passes port 80.")
        ),
        click.option(
            "--https-port", type=PORTS, default=443, show_default=True,
            help=_("Port to which a router passes port 443."),
        ),
    ]  # fmt: skip

    @wraps(command)
    def with_options(*args: Any, **values: Any) -> None:
        address = PublicOptions(**{field.name: values.pop(field.name) for field in fields(PublicOptions)})
        command(*args, address=address, **values)

    for option in reversed(options):
        with_options = option(with_options)
    return with_options


def choose_names(home: Path, options: PublicOptions) -> PublicNames | None:
    """Returns the names to serve: those of the options, or else the remembered ones. `--no-domain` forgets them.

    Raises click.ClickException for a text that is no domain name, or if a name was typed and Caddy is missing.
    """
    if options.no_domain:
        forget_names(home)
        return None
    if not options.domains:
        return read_names(home)
    try:
        names = tuple(dict.fromkeys(parse_name(name) for name in options.domains))
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    if options.acme_ca not in {"", INTERNAL} and not options.acme_ca.startswith("https://"):
        raise click.BadParameter(_("Type internal, or an address that begins with https://"), param_hint="--acme-ca")
    try:
        find_caddy()
    except CaddyMissingError:
        raise click.ClickException(caddy_missing()) from None
    return PublicNames(names, options.acme_ca, options.http_port, options.https_port)


def host_with_name(public: PublicNames | None, host: str, options: PublicOptions | None) -> str:
    """Returns the address on which the web processes listen together with a domain name: `host`, or 127.0.0.1 if
    `host` lets the network in. Phones open the name.

    Only a name that was typed together with ``--lan`` is refused (click.ClickException), because a service that was
    installed with ``--lan`` must also start after a name was chosen later.
    """
    if public is None or host not in WILDCARDS:
        return host
    advice = _("Phones open {url}. Start without --lan, or forget the domain with --no-domain.").format(url=public.url)
    if options is not None and options.domains:
        raise click.ClickException(advice)
    say(advice)
    return "127.0.0.1"


def caddy_missing() -> str:
    """Returns the sentence about the missing program, with the command that installs it."""
    command = f"{sys.executable} -m pip install 'wabolt[https]'"
    oldest = ".".join(map(str, OLDEST))
    return _("The web server Caddy {version} or newer is missing. Install it with: {command}").format(
        version=oldest, command=command
    )


def set_environment(home: Path, public: PublicNames) -> None:
    """Sets the environment variables by which the settings know the public address. The processes inherit them."""
    os.environ.setdefault("WABOLT_PUBLIC_URL", public.url)
    os.environ["WABOLT_HOSTS"] = ",".join([os.environ.get("WABOLT_HOSTS", ""), *public.names])
    os.environ["WABOLT_PROXY_SECRET"] = secrets.token_urlsafe(SECRET_BYTES)
    if public.authority == INTERNAL:
        root = home / FOLDER / "pki" / "authorities" / "local" / "root.crt"
        os.environ.setdefault("WABOLT_PUBLIC_CA", str(root))


def start_again(environment: dict[str, str]) -> NoReturn:
    """Replaces this process by a new `wabolt up` with the same options, except those about the names: it serves the
    remembered names. `environment`: as it was when this process began."""
    arguments = iter(sys.argv[1:])
    arguments_kept = []
    for argument in arguments:
        name, given, _value = argument.partition("=")
        if name in _WITH_VALUE and not given:
            next(arguments, None)
        elif name not in _WITH_VALUE and name != "--no-domain":
            arguments_kept.append(argument)
    os.execve(sys.executable, [sys.executable, "-m", "wabolt", *arguments_kept], environment)  # noqa: S606 -- ourselves
