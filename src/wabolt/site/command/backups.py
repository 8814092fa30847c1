"""Commands for backups: make, check and restore one, and the recovery key."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TextIO

import click
import psycopg
from pyrage.x25519 import Identity

from wabolt.lib import formats
from wabolt.lib.commands import shell_command
from wabolt.site import home
from wabolt.site.backup import BackupError, Manifest, Verified, make_backup, parse_key, restore_backup, verify_backup
from wabolt.site.backup.sources import erasure_lists, fetched, listed, newest_in
from wabolt.site.database import database, set_up_django
from wabolt.site.only_one import only_one
from wabolt.site.terminal import say
from wabolt.site.words import _, language

key_option = click.option(
    "--key-file", type=click.File(), help=_("A file with the recovery key. Without it, the command asks for the key.")
)
yes_option = click.option("--yes", is_flag=True, help=_("Do not ask."))


@click.command("backup-key", help=_("Show the recovery key until it is confirmed; then make a new one."))
@yes_option
def backup_key(*, yes: bool) -> None:
    """``wabolt backup-key``."""
    with database(say), _errors_as_lines():
        set_up_django()
        from wabolt.backups import queries, recovery_key, services

        services.ensure_key()
        key = queries.pending_key()
        if not key:
            if not yes:
                say(_("There is a recovery key already. Backups made so far will still need it."))
                click.confirm(_("Make a new one for the backups from now on?"), abort=True, err=True)
            key = services.replace_key()
        say(_("Your recovery key. Write it down: without it nobody can restore a backup."))
        click.echo(f"\n    {key}\n")
        last_group = recovery_key.last_group(key)
        if not yes:
            last_group = click.prompt(_("Type its last group, from your note"), err=True)
        services.confirm_key(last_group=last_group)
    say(_("Confirmed. WABolt has forgotten the key; it cannot be shown again."))


@click.command(help=_("Make a backup: into FILE, or into the places of the settings. The shop can keep working."))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
def backup(file: Path | None) -> None:
    """``wabolt backup [FILE]``."""
    with database(say), _errors_as_lines():
        set_up_django()
        from wabolt.accounts.queries import is_set_up
        from wabolt.backups import queries, services

        if not is_set_up():
            words = _("There is no shop here yet. Start one with: {command}")
            raise BackupError(words.format(command=shell_command("up")))
        services.ensure_key()
        if file is None:
            _to_all_places()
        else:
            _into_file(file)
        if queries.pending_key():
            words = _("The recovery key is not written down yet. Show it with: {command}")
            say(words.format(command=shell_command("backup-key")))


def _to_all_places() -> None:
    from wabolt.backups import queries
    from wabolt.backups.words import sentence
    from wabolt.site.backup.scheduled import run_backup

    complete = run_backup()
    if complete is None:
        raise BackupError(_("Another backup is being made right now."))
    run = queries.last_run()
    assert run is not None
    for copy in run.copies.filter(is_good=True):
        say(_("Saved {contacts} contacts and everything else in {file} ({size:.1f} MB).").format(
            contacts=run.contacts, file=copy.where, size=run.size / 1e6
        ))  # fmt: skip
    if not complete:
        raise BackupError(sentence(run.reason, run.detail))
    if run.reason:  # it was not tested
        say(sentence(run.reason, run.detail))


def _into_file(file: Path) -> None:
    from wabolt.accounts.services import record_audit_of_installation

    manifest = make_backup(file.absolute())
    record_audit_of_installation(action="system.backup")
    say(_("Saved {contacts} contacts and everything else in {file} ({size:.1f} MB).").format(
        contacts=manifest.rows("contacts_contact"), file=file, size=file.stat().st_size / 1e6
    ))  # fmt: skip
    say(_("Only your recovery key opens it. Store the file on another machine, and keep the key apart from it."))


@click.command(help=_("Replace everything with the content of a backup. Nothing is sent before you decide."))
@click.argument("file", required=False)
@click.option("--from", "place", help=_("A folder, or s3://bucket/folder: restore the newest backup there."))
@click.option("--list", "only_list", is_flag=True, help=_("Only list the backups of --from."))
@click.option(
    "--erasures",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help=_("A newer list of erased people, from another place."),
)
@key_option
@yes_option
def restore(
    file: str | None,
    place: str | None,
    erasures: tuple[Path, ...],
    key_file: TextIO | None,
    *,
    only_list: bool,
    yes: bool,
) -> None:
    """``wabolt restore FILE`` and ``wabolt restore --from PLACE [--list]``."""
    if (file is None) == (place is None) or (only_list and place is None):
        raise click.UsageError(_("Name a file (also s3://...), or a place with --from."))
    with _errors_as_lines():
        if only_list:
            for line in listed(place or "", _ask):
                click.echo(line)
            return
        if place is not None:
            file = newest_in(place, _ask)
            say(_("The newest backup there is {file}").format(file=file))
        with fetched(file or "", _ask, say) as path:
            _restore(path, _identity(key_file), erasure_lists(file or "", _ask, erasures), yes=yes)
    say(_("Restored. Every number and every broadcast is paused. Start WABolt and open its first page."))


def _restore(path: Path, identity: Identity, lists: list[bytes], *, yes: bool) -> None:
    def confirm(backup: Verified) -> None:
        say(_("A backup of {made_at} with {contacts} contacts.").format(
            made_at=_moment(backup.manifest), contacts=backup.manifest.rows("contacts_contact")
        ))  # fmt: skip
        say(_("After it, these people can sign in: {people}").format(people=", ".join(backup.people()) or "-"))
        _tell_about_erasures(backup, lists)
        say(_(
            "Restore only a backup that you or your shop made. A backup also decides which numbers send, and"
            " where later backups and e-mails go."
        ))  # fmt: skip
        if not yes:
            click.confirm(_("Replace everything in {home} with it?").format(home=home.home()), abort=True, err=True)

    with only_one(home.create_home()), database(say):
        restore_backup(path, identity, confirm, say, lists)


def _tell_about_erasures(backup: Verified, lists: list[bytes]) -> None:
    """Says until when erasures are known, and how to name a newer list."""
    times = [one.at for one in backup.erasures(lists)]
    if times:
        say(_("The newest list of erased people is of {at}: they are erased again.").format(at=_local(max(times))))
    else:
        say(_(
            "No list of erased people (wabolt-....erasures) is next to this backup. Only the database on this machine"
            " tells who was erased after it."
        ))  # fmt: skip
    say(_("Is there a newer list in another place? Then stop, and name it with --erasures."))


@click.command("check-backup", help=_("Read a backup to its end and check every byte. Nothing is changed."))
@click.argument("file")
@key_option
def check_backup(file: str, key_file: TextIO | None) -> None:
    """``wabolt check-backup FILE``."""
    with _errors_as_lines(), fetched(file, _ask, say) as path:
        manifest = verify_backup(path, _identity(key_file))
    say(_("The backup of {made_at} is whole: {contacts} contacts.").format(
        made_at=_moment(manifest), contacts=manifest.rows("contacts_contact")
    ))  # fmt: skip


def _moment(manifest: Manifest) -> str:
    """Returns the time of the backup in the time zone of this machine, as pages show times."""
    return _local(datetime.fromisoformat(manifest.made_at))


def _local(moment: datetime) -> str:
    at = moment.astimezone()
    return formats.moment(at, at.tzinfo or UTC, language())


def _identity(key_file: TextIO | None) -> Identity:
    """Returns the recovery key from the file, the environment or the terminal."""
    given = key_file.read() if key_file else os.environ.get("WABOLT_RECOVERY_KEY", "")
    return parse_key(given or click.prompt(_("Recovery key"), err=True))


@cache
def _ask(variable: str, words: str, *, secret: bool = False) -> str:
    """Returns a part of the access to a storage: from the environment, else from the terminal."""
    found = os.environ.get(variable, "")
    if not found and sys.stdin.isatty():
        found = click.prompt(words, default="", hide_input=secret, show_default=False, err=True)
    return found


@contextmanager
def _errors_as_lines() -> Iterator[None]:
    """Turns an error of a backup into one line for the terminal."""
    try:
        yield
    except (BackupError, psycopg.OperationalError) as error:
        raise click.ClickException(str(error).strip()) from error
