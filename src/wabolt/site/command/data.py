"""What is done to the data as a whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import psycopg

from wabolt.site import home
from wabolt.site.backup import BackupError, Manifest, make_backup, restore_backup
from wabolt.site.command.running import only_one
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
        say(_("Nobody has claimed this installation yet. Its first page is {page}").format(page=page))


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


@click.command(help=_("Write everything into one file. The shop may go on working meanwhile."))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """``wabolt backup FILE``."""
    with database(say), _telling():
        manifest = make_backup(file.absolute())
        set_up_django()
        from wabolt.accounts.services import record_audit_of_installation

        record_audit_of_installation(action="system.backup")
    size = file.stat().st_size / 1e6
    contacts = manifest.tables.get("contacts_contact", 0)
    say(_("Saved {contacts} contacts and everything else in {file} ({size:.1f} MB).").format(
        contacts=contacts, file=file, size=size
    ))  # fmt: skip
    say(_("It holds personal data and this installation's secret: keep it where only you can read it."))


@click.command(help=_("Replace everything with the content of a backup. Broadcasts are paused afterwards."))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help=_("Do not ask."))
def restore(file: Path, *, yes: bool) -> None:
    """``wabolt restore FILE``."""

    def confirm(manifest: Manifest) -> None:
        contacts = manifest.tables.get("contacts_contact", 0)
        say(_("A backup of {made_at} with {contacts} contacts.").format(made_at=manifest.made_at, contacts=contacts))
        if not yes:
            click.confirm(_("Replace everything in {home} with it?").format(home=home.home()), abort=True, err=True)

    with only_one(home.create_home()), database(say), _telling():
        restore_backup(file, confirm, say)
    say(_("Restored. Every broadcast is paused; look at them before you let them go on."))


@contextmanager
def _telling() -> Iterator[None]:
    """Turns what goes wrong with a backup into one line for the terminal."""
    try:
        yield
    except (BackupError, psycopg.OperationalError) as error:
        raise click.ClickException(str(error).strip()) from error
