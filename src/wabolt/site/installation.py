"""The checks of ``wabolt doctor`` over a running installation."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from wabolt.site import home
from wabolt.site.database import set_up_django
from wabolt.site.findings import Finding, migrate_advice
from wabolt.site.postgres import ClusterError
from wabolt.site.words import _

CLOCKS_APART = 5.0  # seconds between the clocks of this machine and of the database


def connect() -> "psycopg.Connection[tuple[Any, ...]] | None":
    """Returns a connection to the database if it runs and has our tables, else None."""
    try:
        url = os.environ.get("DATABASE_URL") or (home.cluster().url() if home.cluster().ping() else "")
        if not url:
            return None
        connection = psycopg.connect(url, connect_timeout=5, autocommit=True)
    except (ClusterError, OSError, psycopg.Error):
        return None
    if connection.execute("SELECT to_regclass('django_migrations') IS NULL").fetchone() == (True,):
        connection.close()
        return None
    return connection


def examine_installation() -> list[Finding]:
    """Runs the checks. Returns nothing if the database does not run: then there is no running installation."""
    found = examine_database()
    if not found:
        return []
    os.environ.setdefault("DATABASE_URL", home.database_url())
    set_up_django()
    from wabolt.site.room_checks import examine_rooms

    return [*found, *examine_rooms(), *examine_names()]


def examine_database() -> list[Finding]:
    """Runs the checks that need the database and no Django. Returns nothing if the database does not run."""
    connection = connect()
    if connection is None:
        return []
    with connection:
        return [_tables(connection), _clocks(connection)]


def _tables(connection: "psycopg.Connection[tuple[Any, ...]]") -> Finding:
    """Compares the applied migrations with those of this program."""
    registered = {
        (path.parent.parent.name, path.stem)
        for path in Path(__file__).parents[1].glob("*/migrations/0*.py")
    }  # fmt: skip
    rooms = {room for room, _name in registered}
    query = "SELECT app, name FROM django_migrations"
    applied = {(app, name) for app, name in connection.execute(query).fetchall() if app in rooms}
    if unknown := applied - registered:
        text = _("{count} steps are from a newer WABolt").format(count=len(unknown))
        return Finding(_("Tables"), "bad", text, _("Install the newer WABolt again."))
    if missing := registered - applied:
        text = _("{count} steps behind").format(count=len(missing))
        return Finding(_("Tables"), "bad", text, migrate_advice())
    return Finding(_("Tables"), "good", _("up to date"))


def _clocks(connection: "psycopg.Connection[tuple[Any, ...]]") -> Finding:
    before = time.time()
    row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
    assert row is not None
    apart = abs(row[0] - (before + time.time()) / 2)
    text = _("{seconds:.1f} s between this machine and the database").format(seconds=apart)
    if apart > CLOCKS_APART:
        return Finding(_("Clock"), "lacking", text, _("Switch on the automatic time (timedatectl set-ntp true)."))
    return Finding(_("Clock"), "good", text)


def examine_names() -> Iterator[Finding]:
    """Whether the shop's own names lead to this machine."""
    from wabolt.site.caddy.names import read_names

    public = read_names(home.home())
    if public is None:
        return
    from wabolt.site.caddy.preflight import examine_name
    from wabolt.site.caddy.start import sentences_of

    for name in public.names:
        found = examine_name(name)
        if found is None:
            yield Finding(_("Domain"), "good", _("{name} leads to this machine").format(name=name))
        else:
            yield Finding(_("Domain"), "lacking", name, sentences_of(found))
