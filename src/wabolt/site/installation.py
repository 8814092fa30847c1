"""The checks of ``wabolt doctor`` over a running installation."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import psycopg

from wabolt import __version__
from wabolt.backups.rules import OLD_AFTER
from wabolt.lib.commands import shell_command
from wabolt.operations.rules import CRASHED_AFTER, MISSING_AFTER
from wabolt.site import home
from wabolt.site.database import set_up_django
from wabolt.site.postgres import ClusterError
from wabolt.site.words import _

MANY_UNREAD = 10_000  # events; a running consumer reads so many in seconds
CLOCKS_APART = 5.0  # seconds between the clocks of this machine and of the database
KINDS = ("web", "worker", "gateway", "consumer")

_CONSUMERS = f"""
    SELECT c.name,
           (SELECT count(*) FROM (SELECT 1 FROM contacts_event e WHERE (e.position, e.id) > (c.position, c.event_id)
                                  LIMIT {MANY_UNREAD * 10}) AS unread),
           (SELECT count(*) FROM contacts_parkedevent p WHERE p.consumer_id = c.name)
    FROM contacts_consumer c ORDER BY c.name
"""
_PROCESSES = f"""
    SELECT kind, version, count(*) FROM operations_process
    WHERE ended_at IS NULL AND beat_at > clock_timestamp() - interval '{MISSING_AFTER} s' GROUP BY 1, 2 ORDER BY 1, 2
"""
_CRASHED = f"""
    SELECT kind, count(*) FROM operations_process WHERE ended_at IS NULL
    AND beat_at BETWEEN clock_timestamp() - interval '1 day' AND clock_timestamp() - interval '{CRASHED_AFTER} s'
    GROUP BY 1 ORDER BY 1
"""
_BACKUP = """
    SELECT extract(epoch FROM clock_timestamp() - greatest(
        (SELECT max(at) FROM accounts_auditentry WHERE action = 'system.backup'),
        (SELECT max(r.started_at) FROM backups_backuprun r JOIN backups_backupcopy c ON c.run_id = r.id AND c.is_good)
    )) / 86400
"""
_CHANNELS = """
    SELECT id, state FROM channels_channel
    WHERE archived_at IS NULL AND state NOT IN ('connected', 'new') AND provider <> 'simulator' ORDER BY id
"""


@dataclass(frozen=True)
class Finding:
    """The result of one check. ``bad`` prevents WABolt from running, ``lacking`` limits it; ``advice`` is the remedy.
    """

    name: str
    state: Literal["good", "lacking", "bad"]
    text: str
    advice: str = ""


def connect() -> "psycopg.Connection[tuple[Any, ...]] | None":
    """Returns a connection to the database if it runs and holds a shop, else None."""
    try:
        url = os.environ.get("DATABASE_URL") or (home.cluster().url() if home.cluster().ping() else "")
        if not url:
            return None
        connection = psycopg.connect(url, connect_timeout=5, autocommit=True)
    except (ClusterError, OSError, psycopg.Error):
        return None
    if connection.execute("SELECT to_regclass('operations_process') IS NULL").fetchone() == (True,):
        connection.close()
        return None
    return connection


def examine_installation() -> list[Finding]:
    """Runs the checks. Returns nothing if the database does not run: then there is no running installation."""
    connection = connect()
    if connection is None:
        return []
    with connection:
        try:
            return [
                *_processes(connection), _tables(connection), _clocks(connection), *_consumers(connection),
                *_channels(connection), _backup(connection), *_names(),
            ]  # fmt: skip
        except psycopg.Error as error:
            state = f"SQLSTATE {error.sqlstate}"
            return [Finding(_("Installation"), "bad", state, _migrate())]


def _processes(connection: "psycopg.Connection[tuple[Any, ...]]") -> Iterator[Finding]:
    rows = connection.execute(_PROCESSES).fetchall()
    alive = {kind for kind, _version, _count in rows}
    if not alive:
        advice = _("Start WABolt: {command}").format(command=shell_command("up"))
        yield Finding(_("Processes"), "lacking", _("none runs"), advice)
    elif missing := [kind for kind in KINDS if kind not in alive]:
        text = _("missing: {names}").format(names=", ".join(missing))
        yield Finding(_("Processes"), "bad", text, _("Look at its log in the home folder, or start WABolt again."))
    else:
        yield Finding(_("Processes"), "good", ", ".join(f"{kind} {count}" for kind, _version, count in rows))
    if others := sorted({version for _kind, version, _count in rows} - {__version__}):
        text = _("running {running}, installed {installed}").format(running=", ".join(others), installed=__version__)
        yield Finding(_("Version"), "lacking", text, _("Start WABolt again, so that the new version runs."))
    for kind, count in connection.execute(_CRASHED).fetchall():
        text = _("{kind} ended suddenly {count} times in 24 hours").format(kind=kind, count=count)
        advice = _("If it goes on, make a report: {command}").format(command=shell_command("report"))
        yield Finding(_("Ends"), "lacking", text, advice)


def _migrate() -> str:
    return _("Bring the tables up to date: {command}").format(command=shell_command("migrate"))


def _tables(connection: "psycopg.Connection[tuple[Any, ...]]") -> Finding:
    """Compares the applied migrations with those of this program."""
    ours = {
        (path.parent.parent.name, path.stem)
        for path in Path(__file__).parents[1].glob("*/migrations/0*.py")
    }  # fmt: skip
    rooms = {room for room, _name in ours}
    query = "SELECT app, name FROM django_migrations"
    applied = {(app, name) for app, name in connection.execute(query).fetchall() if app in rooms}
    if unknown := applied - ours:
        text = _("{count} steps are from a newer WABolt").format(count=len(unknown))
        return Finding(_("Tables"), "bad", text, _("Install the newer WABolt again."))
    if missing := ours - applied:
        text = _("{count} steps behind").format(count=len(missing))
        return Finding(_("Tables"), "bad", text, _migrate())
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


def _consumers(connection: "psycopg.Connection[tuple[Any, ...]]") -> Iterator[Finding]:
    for name, unread, parked in connection.execute(_CONSUMERS).fetchall():
        text = _("{unread} events to read, {parked} parked").format(unread=unread, parked=parked)
        label = _("Consumer {name}").format(name=name)
        if parked:
            advice = _("Open Settings, Background work: retry or drop the parked events.")
            yield Finding(label, "lacking", text, advice)
        elif unread >= MANY_UNREAD:
            yield Finding(label, "lacking", text, _("Is the process consumer running?"))
        else:
            yield Finding(label, "good", text)


def _channels(connection: "psycopg.Connection[tuple[Any, ...]]") -> Iterator[Finding]:
    for number, state in connection.execute(_CHANNELS).fetchall():
        name = _("WhatsApp number {id}").format(id=number)
        yield Finding(name, "lacking", str(state), _("Open WhatsApp numbers; the card says what to do."))


def _backup(connection: "psycopg.Connection[tuple[Any, ...]]") -> Finding:
    row = connection.execute(_BACKUP).fetchone()
    days = None if row is None or row[0] is None else float(row[0])
    advice = _("Make one now: {command}").format(command=shell_command("backup FILE"))
    if days is None:
        return Finding(_("Backup"), "lacking", _("none yet"), advice)
    text = _("{days:.1f} days old").format(days=days)
    if timedelta(days=days) > OLD_AFTER:
        return Finding(_("Backup"), "lacking", text, advice)
    return Finding(_("Backup"), "good", text)


def _names() -> Iterator[Finding]:
    """Whether the shop's own names lead to this machine."""
    from wabolt.site.caddy.names import read_names

    public = read_names(home.home())
    if public is None:
        return
    os.environ.setdefault("DATABASE_URL", home.database_url())
    set_up_django()  # the sentences are those of the page about the public address
    from wabolt.site.caddy.preflight import examine_name
    from wabolt.site.caddy.start import sentences_of

    for name in public.names:
        found = examine_name(name)
        if found is None:
            yield Finding(_("Domain"), "good", _("{name} leads to this machine").format(name=name))
        else:
            yield Finding(_("Domain"), "lacking", name, sentences_of(found))
