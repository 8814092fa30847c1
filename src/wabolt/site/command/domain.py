"""The command that changes the domain names of this installation, also while it runs."""

import click

from wabolt.site import home
from wabolt.site.caddy.names import read_names, remember_names
from wabolt.site.caddy.options import PublicOptions, choose_names
from wabolt.site.only_one import is_running
from wabolt.site.terminal import say
from wabolt.site.words import _


@click.command(help=_("Change the domain name of the shop, also while WABolt runs."))
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--forget", is_flag=True, help=_("Forget the domain name."))
def domain(names: tuple[str, ...], *, forget: bool) -> None:
    """``wabolt domain [NAME]...``. Ports and certificate authority stay as they are."""
    folder = home.create_home()
    present = read_names(folder)
    running = is_running(folder)  # asked before the change: a running WABolt releases its lock while it starts again
    if forget == bool(names):
        raise click.UsageError(_("Type the names, for example wa.toko.id, or --forget."))
    if forget:
        choose_names(folder, PublicOptions(no_domain=True))
    else:
        options = PublicOptions(names) if present is None else PublicOptions(
            names, acme_ca=present.authority, http_port=present.http_port, https_port=present.https_port
        )  # fmt: skip
        chosen = choose_names(folder, options)
        assert chosen is not None
        remember_names(folder, chosen)
    if running:
        say(_("WABolt restarts with the new name, in about half a minute. Nothing is lost."))
    else:
        say(_("The change takes effect at the next start."))
