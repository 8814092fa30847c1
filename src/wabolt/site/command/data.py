"""Commands for the database: migrations, and commands of Django."""

import click

from wabolt.site.database import database, set_up_django
from wabolt.site.terminal import say
from wabolt.site.words import _


@click.command(help=_("Bring the database's tables up to date."))
def migrate() -> None:
    """``wabolt migrate``."""
    with database(say):
        set_up_django()
        from wabolt.site import prepare

        prepare.refuse_newer()
        prepare.migrate()
        page = prepare.first_path()
    if page != "/":
        say(_("This installation has no owner yet. Create one at {page}").format(page=page))


@click.command(
    help=_("Run a command of Django, e.g. shell."),
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """``wabolt manage``."""
    with database(say):
        set_up_django()
        from django.core.management import execute_from_command_line

        execute_from_command_line(["wabolt manage", *arguments])
