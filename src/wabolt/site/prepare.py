"""The steps between a running database and the first page."""

import sys
from collections.abc import Iterable

import click
from django.apps import apps
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from wabolt.lib.commands import shell_command
from wabolt.site import migrating
from wabolt.site.baseline import load_baseline
from wabolt.site.words import _

MIGRATION_LOCK = 7_240_310  # arbitrary number: one process migrates at a time


def migrate() -> None:
    """Migrates the database. When several machines start at once, one migrates and the others wait. An empty database
    starts from the baseline.

    A database that was restored into another cluster gets new positions for its event log.
    """
    from wabolt.contacts.services import rebase_event_log

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            is_new = load_baseline()
            if migrating.run_missing() or is_new:
                emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)
            rebase_event_log()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def refuse_newer() -> None:
    """Raises SystemExit if a newer WABolt wrote the database."""
    loader = MigrationLoader(connection)
    refuse_unknown(loader, loader.applied_migrations)


def refuse_unknown(loader: MigrationLoader, applied: Iterable[tuple[str, str]]) -> None:
    """Raises SystemExit if one of the `applied` migrations (app, name) of our rooms is not in this version."""
    rooms = {config.label for config in apps.get_app_configs() if config.name.startswith("wabolt.")}
    unknown = [f"{app}.{name}" for app, name in applied if app in rooms and (app, name) not in loader.disk_migrations]
    if unknown:
        raise SystemExit(
            _("The data was written by a newer WABolt ({names}). Update WABolt first.").format(names=", ".join(unknown))
        )


def refuse_older(applied: Iterable[tuple[str, str]]) -> None:
    """Raises SystemExit if a migration of this version is not among the `applied` ones (app, name)."""
    missing = set(MigrationLoader(connection).disk_migrations) - set(applied)
    if missing:
        advice = _("The present data comes from an older WABolt. Bring it up to date first: {command}")
        raise SystemExit(advice.format(command=shell_command("migrate")))


def first_path() -> str:
    """Returns the page to open: the set-up page with its token for a new installation, else the start page."""
    from wabolt.accounts.queries import is_set_up, setup_token

    return "/" if is_set_up() else f"/setup/?token={setup_token()}"


def demo_path() -> str:
    """Loads the demo shop if needed, with a progress bar; returns a link that opens it signed in."""
    from wabolt.accounts.services import make_sign_in_link
    from wabolt.demo.services import load_demo
    from wabolt.lib.errors import DomainError

    with click.progressbar(length=1000, label=_("Loading the demo shop"), file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.update(round(1000 * done / max(total, 1)) - bar.pos)

        try:
            owner = load_demo(progress=progress)
        except DomainError as refusal:
            raise SystemExit(str(refusal)) from refusal
        bar.update(1000 - bar.pos)
    return make_sign_in_link(owner)


def prepare(*, demo: bool) -> str:
    """Migrates the database, loads the demo shop if requested; returns the path of the page to open."""
    refuse_newer()
    migrate()
    return demo_path() if demo else first_path()
