"""`wabolt update`."""

import click
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from wabolt import __version__
from wabolt.operations import queries, services

_FAILURES = {
    "insecure": _("The address has to begin with https://"),
    "unreachable": _("The address of the releases could not be reached."),
    "refused": _("The address of the releases did not answer with versions."),
    "unreadable": _("The address of the releases answered with something other than versions."),
}


@click.command("update", help=_("Ask whether there is a newer version. Exit code 1: there was no answer."))
@click.option("--check", is_flag=True, required=True, help=_("Only check. Nothing is downloaded or installed."))
def update(*, check: bool) -> None:
    """Prints the present and the newest version, and what is new."""
    assert check
    click.echo(_("This is WABolt %s.") % __version__)
    latest = services.check_for_update()
    if latest is None:
        click.echo(_("No source of new versions is known (WABOLT_UPDATE_URL), so WABolt did not ask."))
        return
    if latest.failure:
        raise click.ClickException(_FAILURES[latest.failure])
    if not queries.is_update(latest):
        click.echo(_("There is no newer version."))
        return
    click.echo(_("WABolt %s is out:") % latest.version)
    for note in latest.notes.get((get_language() or "id")[:2]) or latest.notes.get("en", []):
        click.echo(f"  - {note}")
    if latest.url:
        click.echo(latest.url)


commands = [update]
