"""``wabolt install-service``."""

import os
import pwd
import sys
from pathlib import Path

import click

from wabolt.site import home
from wabolt.site.caddy.names import read_names
from wabolt.site.command.running import PORT, PORTS
from wabolt.site.service import (
    STATE,
    Service,
    ServiceError,
    check_readable,
    check_systemd,
    choose_domain,
    ensure_account,
    install,
    remove,
    run,
)
from wabolt.site.terminal import say
from wabolt.site.words import _


@click.command("install-service", help=_("Start WABolt with the machine, and again whenever it ends (systemd)."))
@click.option("--domain", default="", help=_("The shop's own name on the internet, such as wa.toko.id."))
@click.option("--lan", is_flag=True, help=_("Allow access from phones in the same network."))
@click.option("--port", type=PORTS, default=PORT, show_default=True, help=_("Port of the pages."))
@click.option(
    "--home", "folder", type=click.Path(file_okay=False, path_type=Path),
    help=_("The home folder. Default: the user's own; {folder} for root.").format(folder=STATE),
)  # fmt: skip
@click.option("--print", "is_print", is_flag=True, help=_("Print the unit and change nothing."))
@click.option("--remove", "is_removal", is_flag=True, help=_("Stop the service and remove it. The data stays."))
def install_service(
    *, domain: str, lan: bool, port: int, folder: Path | None, is_print: bool, is_removal: bool
) -> None:
    """``wabolt install-service``."""
    as_root = os.geteuid() == 0
    arguments = (*(["--lan"] if lan else []), "--port", str(port))
    try:
        if not is_print:
            check_systemd()
        user = _user(folder, make=not is_print and not is_removal) if as_root else ""
        chosen = folder or (STATE if as_root else home.home())
        low_ports = bool(domain) or (as_root and read_names(chosen) is not None)
        service = Service(chosen, arguments, user, low_ports=low_ports)
        if is_print:
            click.echo(service.text(), nl=False)
        elif is_removal:
            text = _("Removed. The data stays in {folder}.") if remove(service) else _("There is no service.")
            say(text.format(folder=service.home))
        else:
            _install(service, domain)
    except ServiceError as error:
        raise click.ClickException(str(error)) from error


def _user(folder: Path | None, *, make: bool) -> str:
    """Returns the user of a system service: the owner of an existing home folder, else a user of its own."""
    if folder is not None and folder.is_dir():
        owner = pwd.getpwuid(folder.stat().st_uid).pw_name
        if owner == "root":
            raise ServiceError(_("{folder} belongs to root. Give it to another user first.").format(folder=folder))
        return owner
    if folder is not None:
        raise ServiceError(_("There is no folder {folder}.").format(folder=folder))
    return ensure_account() if make else "wabolt"


def _install(service: Service, domain: str) -> None:
    if service.is_system:
        check_readable(service.user)
    if domain:
        choose_domain(service, domain)
    install(service)
    if service.is_system:
        say(_("WABolt runs, and starts with the machine. It shows its link here:"))
        say("\n    journalctl -u wabolt -o cat\n")
        say(_("Other commands for this shop begin with:"))
        say(f"\n    runuser -u {service.user} -- env WABOLT_HOME={service.home} {sys.executable} -m wabolt\n")
        return
    say(_("WABolt runs, and starts when you sign in. It shows its link here:"))
    say("\n    journalctl --user -u wabolt -o cat\n")
    try:
        run(["loginctl", "enable-linger"])
    except ServiceError:
        say(_("To start it without signing in, type: sudo loginctl enable-linger {user}").format(
            user=pwd.getpwuid(os.geteuid()).pw_name
        ))  # fmt: skip
