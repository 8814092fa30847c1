"""Commands for the data as a whole: migrations, backups, restore."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click
import psycopg
from pyrage.x25519 import Identity

from wabolt.site import home
from wabolt.site.backup import (
    BackupError,
    Manifest,
    create_key,
    make_backup,
    parse_key,
    restore_backup,
    verify_backup,
)
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


@click.command("backup-key", help=_("Make a new recovery key and show it once. Every backup from now on needs it."))
@click.option("--yes", is_flag=True, help=_("Do not ask."))
def backup_key(*, yes: bool) -> None:
    """``wabolt backup-key``."""
    if home.recipients() and not yes:
        say(_("There is a recovery key already. Backups made so far will still need it."))
        click.confirm(_("Make a new one for the backups from now on?"), abort=True, err=True)
    _show_new_key()


@click.command(help=_("Write everything into one encrypted file. The shop may go on working meanwhile."))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """``wabolt backup FILE``."""
    if not home.recipients() and sys.stdin.isatty():
        _show_new_key()
        click.confirm(_("Have you written it down?"), abort=True, err=True)
    with database(say), _telling():
        manifest = make_backup(file.absolute())
        set_up_django()
        from wabolt.accounts.services import record_audit_of_installation

        record_audit_of_installation(action="system.backup")
    size = file.stat().st_size / 1e6
    say(_("Saved {contacts} contacts and everything else in {file} ({size:.1f} MB).").format(
        contacts=manifest.rows("contacts_contact"), file=file, size=size
    ))  # fmt: skip
    say(_("Only your recovery key opens it. Keep the file on another machine, and the key apart from it."))


@click.command(help=_("Replace everything with the content of a backup. Nothing is sent before you decide."))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key-file", type=click.File(), help=_("A file that holds the recovery key; else you are asked for it."))
@click.option("--yes", is_flag=True, help=_("Do not ask."))
def restore(file: Path, key_file: TextIO | None, *, yes: bool) -> None:
    """``wabolt restore FILE``."""

    def confirm(manifest: Manifest) -> None:
        say(_("A backup of {made_at} with {contacts} contacts.").format(
            made_at=manifest.made_at, contacts=manifest.rows("contacts_contact")
        ))  # fmt: skip
        if not yes:
            click.confirm(_("Replace everything in {home} with it?").format(home=home.home()), abort=True, err=True)

    with _telling():
        identity = _identity(key_file)
        with only_one(home.create_home()), database(say):
            restore_backup(file, identity, confirm, say)
    say(_("Restored. Every number and every broadcast is paused. Start WABolt and open its first page."))


@click.command("check-backup", help=_("Read a backup to its end and check every byte. Nothing is changed."))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key-file", type=click.File(), help=_("A file that holds the recovery key; else you are asked for it."))
def check_backup(file: Path, key_file: TextIO | None) -> None:
    """``wabolt check-backup FILE``."""
    with _telling():
        manifest = verify_backup(file, _identity(key_file))
    say(_("The backup of {made_at} is whole: {contacts} contacts.").format(
        made_at=manifest.made_at, contacts=manifest.rows("contacts_contact")
    ))  # fmt: skip


def _show_new_key() -> None:
    """Print a new recovery key, the only time that it is shown."""
    key = create_key()
    say(_("Your recovery key, shown only this once. Write it down: without it nobody can restore a backup."))
    click.echo(f"\n    {key}\n")


def _identity(key_file: TextIO | None) -> Identity:
    """The recovery key from the file, the environment or the terminal."""
    given = key_file.read() if key_file else os.environ.get("WABOLT_RECOVERY_KEY", "")
    return parse_key(given or click.prompt(_("Recovery key"), err=True))


@contextmanager
def _telling() -> Iterator[None]:
    """Turns an error of a backup into one line for the terminal."""
    try:
        yield
    except (BackupError, psycopg.OperationalError) as error:
        raise click.ClickException(str(error).strip()) from error
