"""The checks of ``wabolt doctor``. Does not import Django."""

import ctypes.util
import os
import shutil
import socket
import sys
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wabolt.lib.commands import shell_command
from wabolt.site import home
from wabolt.site.caddy.names import read_names
from wabolt.site.caddy.options import caddy_missing
from wabolt.site.caddy.program import CaddyMissingError, find_caddy
from wabolt.site.findings import Finding
from wabolt.site.installation import examine_installation
from wabolt.site.postgres import ClusterError
from wabolt.site.postgres.account import Account
from wabolt.site.postgres.places import find_programs
from wabolt.site.postgres.tuning import memory_megabytes
from wabolt.site.words import _

OLDEST_PYTHON = (3, 11)
ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
LEAST_DISK, GOOD_DISK = 500, 5_000  # MB
LEAST_MEMORY = 900  # MB
PORT = 8000
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def examine() -> list[Finding]:
    """Runs all checks."""
    running = examine_installation()
    findings = [_python(), _memory(), _disk(), _database(), *running]
    port = [] if running else [_port()]
    return [*findings, _zones(), *port, *_caddy(), _libmagic(), _chromium()]


def find_chromium() -> Path | None:
    """Returns the system's Chromium or Chrome for browser tests and screenshots; None if there is none."""
    for name in CHROMIUM_NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    return MAC_CHROME if MAC_CHROME.exists() else None


def _python() -> Finding:
    version = sys.version.split()[0]
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("Python", "good", version)
    return Finding("Python", "bad", version, _("Install Python 3.11 or newer."))


def _memory() -> Finding:
    megabytes = memory_megabytes()
    text = f"{megabytes} MB"
    if megabytes >= LEAST_MEMORY:
        return Finding(_("Memory"), "good", text)
    return Finding(_("Memory"), "lacking", text, _("WABolt works best with 1 GB or more; expect slow imports."))


def _disk() -> Finding:
    folder = home.home()
    while not os.path.lexists(folder):  # also when the folder is not readable
        folder = folder.parent
    megabytes = shutil.disk_usage(folder).free // 1_000_000
    text = _("{megabytes} MB free in {folder}").format(megabytes=megabytes, folder=folder)
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        advice = _("You may not write there. Choose another folder with WABOLT_HOME.")
        return Finding(_("Disk"), "bad", text, advice)
    if megabytes < LEAST_DISK:
        return Finding(_("Disk"), "bad", text, _("Make room: the database stops when the disk is full."))
    if megabytes < GOOD_DISK:
        return Finding(_("Disk"), "lacking", text, _("Make room soon; a large shop needs several gigabytes."))
    return Finding(_("Disk"), "good", text)


def _database() -> Finding:
    name = _("Database")
    url = os.environ.get("DATABASE_URL")
    if url:
        return _server(name, url)
    try:
        cluster = home.cluster()
        if not cluster.folder.exists():
            programs = find_programs(Account(None, None))
            return Finding(name, "good", _("not made yet; programs in {folder}").format(folder=programs))
        if cluster.ping():
            return _server(name, cluster.url())
    except (ClusterError, OSError) as error:
        advice = _("Fix this problem, then start again: {command}").format(command=shell_command("up"))
        return Finding(name, "bad", str(error), advice)
    return Finding(name, "good", _("not running; data in {folder}").format(folder=cluster.places.data))


def _server(name: str, url: str) -> Finding:
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version // 10_000
            extensions = connection.execute(
                "SELECT count(*) FROM pg_available_extensions WHERE name IN ('pg_trgm', 'unaccent', 'btree_gin')"
            ).fetchone()
            query = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
            is_superuser = connection.execute(query).fetchone() == (True,)
    except psycopg.Error as error:
        advice = _("Check DATABASE_URL, and whether that server runs and accepts this machine.")
        return Finding(name, "bad", str(error).strip().splitlines()[0], advice)
    if version < 18:
        return Finding(name, "bad", f"PostgreSQL {version}", _("WABolt needs PostgreSQL 18 or newer."))
    if extensions != (3,):
        advice = _("Install PostgreSQL's contrib modules: pg_trgm, unaccent, btree_gin.")
        return Finding(name, "bad", f"PostgreSQL {version}", advice)
    if is_superuser:
        advice = _("DATABASE_URL names a superuser. Use a role that owns the database and has no other right.")
        return Finding(name, "lacking", f"PostgreSQL {version}", advice)
    return Finding(name, "good", _("PostgreSQL {version} answers").format(version=version))


def _zones() -> Finding:
    try:
        for zone in ZONES:
            ZoneInfo(zone)
    except ZoneInfoNotFoundError as error:
        return Finding(_("Time zones"), "bad", str(error), _("Install the package tzdata."))
    return Finding(_("Time zones"), "good", ", ".join(ZONES))


def _port() -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError:
            command = shell_command("up --port 8080")
            advice = _("WABolt uses the next free port, or the one that you choose: {command}").format(command=command)
            return Finding(_("Port"), "lacking", _("{port} is taken").format(port=PORT), advice)
    return Finding(_("Port"), "good", _("{port} is free").format(port=PORT))


def _caddy() -> list[Finding]:
    """Returns whether the program that serves the remembered domain is installed; nothing without a domain."""
    public = read_names(home.home())
    if public is None:
        return []
    try:
        return [Finding("Caddy", "good", str(find_caddy()))]
    except CaddyMissingError:
        return [Finding("Caddy", "lacking", public.url, caddy_missing())]


def _libmagic() -> Finding:
    found = ctypes.util.find_library("magic")
    if found:
        return Finding("libmagic", "good", found)
    advice = _("Needed only to link a real number. On Debian: sudo apt install libmagic1")
    return Finding("libmagic", "lacking", _("not found"), advice)


def _chromium() -> Finding:
    found = find_chromium()
    if found:
        return Finding("Chromium", "good", str(found))
    advice = _("Needed only for the browser tests. On Debian: sudo apt install chromium")
    return Finding("Chromium", "lacking", _("not found"), advice)
