"""Commands that start the whole installation or one process of it."""

import contextlib
import errno
import http.client
import os
import shutil
import signal
import socket
import sys
import traceback
from functools import partial
from pathlib import Path
from types import FrameType

import click

from wabolt.lib.disk import MIN_FREE
from wabolt.lib.log_lines import log_as_process
from wabolt.site import home
from wabolt.site.caddy.names import PublicNames, names_changed, read_names
from wabolt.site.caddy.options import (
    PublicOptions,
    choose_names,
    host_with_name,
    public_options,
    set_environment,
    start_again,
)
from wabolt.site.command.monitoring import log_format_option
from wabolt.site.database import database, set_up_django
from wabolt.site.lan import WILDCARDS, environment_of, in_url, lan_addresses, qr_code
from wabolt.site.only_one import only_one
from wabolt.site.parent import end_with_parent
from wabolt.site.postgres import ClusterError
from wabolt.site.preload import preload
from wabolt.site.supervisor import Child, Supervisor, ending
from wabolt.site.terminal import say
from wabolt.site.words import _

PORT = 8000
PORTS_TRIED = 50
HIGHEST_PORT = 65_535
DATABASE_PAUSE = 2.0  # seconds: upper bound of the database's backoff, since every other process waits for it

PORTS = click.IntRange(1, HIGHEST_PORT)
host_option = click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help=_("Address to listen on; 0.0.0.0 allows access from the network."),
)

lan_option = click.option(
    "--lan", is_flag=True, help=_("Allow access from phones in the same network, and show a QR code of the address.")
)


@click.command(help=_("Start everything: database, web, worker, gateway and consumer. Ctrl-C stops all of it."))
@host_option
@lan_option
@public_options
@click.option(
    "--port", type=PORTS, default=PORT, show_default=True, help=_("Port of the pages; the next free one if taken.")
)
@log_format_option
def up(host: str, port: int, lan: bool, address: PublicOptions) -> None:
    """``wabolt up``."""
    run_installation(WILDCARDS[0] if lan else host, port, demo=False, options=address)


@click.command(help=_("Start everything with the demo shop, in a home folder of its own."))
@host_option
@lan_option
@click.option(
    "--port", type=PORTS, default=PORT, show_default=True, help=_("Port of the pages; the next free one if taken.")
)
@log_format_option
def demo(host: str, port: int, lan: bool) -> None:
    """``wabolt demo``."""
    folder = os.environ.get("WABOLT_DEMO_HOME") or home.home().with_name(f"{home.home().name}-demo")
    os.environ["WABOLT_HOME"] = str(folder)
    os.environ.pop("DATABASE_URL", None)  # the demo shop never goes into a real database
    run_installation(WILDCARDS[0] if lan else host, port, demo=True)


@click.command(help=_("Serve the pages."))
@host_option
@click.option("--port", type=PORTS, default=PORT, show_default=True, help=_("Port of the pages."))
@click.option("--workers", type=click.IntRange(1), help=_("Processes that answer requests (one per processor)."))
@log_format_option
def web(host: str, port: int, workers: int | None) -> None:
    """``wabolt web``."""
    with database(say):
        _refuse_newer()
        _web(host, port, workers)


@click.command(help=_("Do background work: imports, scheduled sends, counts."))
@click.option("--concurrency", default=2, show_default=True, help=_("Jobs at once."))
@log_format_option
def worker(concurrency: int) -> None:
    """``wabolt worker``."""
    with database(say):
        _refuse_newer()
        _worker(concurrency)


@click.command(help=_("Send and receive messages."))
@log_format_option
def gateway() -> None:
    """``wabolt gateway``."""
    with database(say):
        _refuse_newer()
        _gateway()


@click.command(help=_("Process the event log, for example counters and live segments."))
@log_format_option
def consumer() -> None:
    """``wabolt consumer``."""
    with database(say):
        _refuse_newer()
        _consumer()


def run_installation(host: str, port: int, *, demo: bool, options: PublicOptions | None = None) -> None:
    """Starts everything for the home folder, prints one link, and runs until a signal arrives.

    `options`: the options about the public address; None for an installation without one.
    """
    before = dict(os.environ)
    folder = home.create_home()
    again = False
    public = choose_names(folder, options) if options else None
    host = host_with_name(public, host, options)
    for number in ending():
        signal.signal(number, _leave)
    has_own_database = not os.environ.get("DATABASE_URL")
    with only_one(folder), database(say):
        shown = "127.0.0.1" if host in WILDCARDS else host
        port = free_port(host, port)
        address = f"http://{shown}:{port}"
        lan = [f"http://{in_url(one)}:{port}" for one in lan_addresses(host)]
        if public:
            set_environment(folder, public)
        if options and host not in WILDCARDS and "WABOLT_PUBLIC_URL" not in before:
            os.environ["WABOLT_OWNS_NAME"] = "1"
        os.environ.setdefault("WABOLT_PUBLIC_URL", lan[0] if lan else address)
        os.environ.update(environment_of(host, os.environ.get("WABOLT_HOSTS", "")))
        os.environ["DATABASE_URL"] = home.database_url()  # inherited by the child processes
        preload()
        if public and public != read_names(folder):
            _accept(folder, public)
        path = _prepare(demo=demo)
        link = folder / "link"

        def announce() -> None:
            link.write_text(address, encoding="utf-8")
            say("")
            say(_("WABolt is ready. Open this link:"))
            # An address that the operator gave, of a tunnel, a web server or a container's port, is the one to open.
            is_named = public is not None or "WABOLT_PUBLIC_URL" in before
            say(f"\n    {os.environ['WABOLT_PUBLIC_URL'] if is_named else address}{path}\n")
            if is_named:
                say(_("On this computer it also opens at {address}").format(address=address))
                return
            _say_how_from_a_phone([base + path for base in lan], is_open=host in WILDCARDS, demo=demo)
            say(_("Ctrl-C stops it. Logs are in {folder}").format(folder=folder / "log"))

        try:
            children = _children(folder, host, port, has_own_database=has_own_database)
            if public:
                serve = partial(_https, folder, public, port, os.dup(2))
                children.append(Child("https", serve, folder / "log" / "https.log"))
            outdated = partial(names_changed, folder, public) if options else lambda: False
            again = Supervisor(children, say, lambda: answers(shown, port), announce, outdated).run()
        finally:
            link.unlink(missing_ok=True)
            say(_("The domain name has changed. Starting again ...") if again else _("Stopping. Everything is saved."))
    if again:
        start_again(before)


def _say_how_from_a_phone(links: list[str], *, is_open: bool, demo: bool) -> None:
    """Prints the ``links`` that a phone in the same network can open, the first as a QR code. ``is_open``: whether the
    server listens on all interfaces. ``demo``: whether the demo shop runs."""
    if not links and is_open:
        say(_("This computer is not in a network that a phone can use. Connect it to the Wi-Fi, then start it again."))
    if not links and not is_open:
        words = _("To open it on a phone in the same Wi-Fi, start it again with --lan (make {command} ARGS=--lan).")
        say(words.format(command="demo" if demo else "run"))
    if not links:
        return
    say(_("On a phone in the same Wi-Fi, scan this or open {link}").format(link=links[0]))
    is_terminal = sys.stderr.isatty()
    columns = shutil.get_terminal_size().columns if is_terminal else None
    code = qr_code(links[0], columns=columns, coloured=is_terminal)
    say("\n" + code if code else _("(The window is too narrow for the QR code.)"))
    if links[1:]:
        say(
            _("If it does not open, the phone may be in another network of this computer: {links}").format(
                links=", ".join(links[1:])
            )
        )
    say(_("Phones can install WABolt and get notifications only at an address with https (--domain)."))


def answers(host: str, port: int) -> bool:
    """Returns whether a web server on ``host``:``port`` answers a request, with any status."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def free_port(host: str, first: int) -> int:
    """Returns ``first`` or the next free port, and prints a line if it is another one."""
    for port in range(first, min(first + PORTS_TRIED, HIGHEST_PORT + 1)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except PermissionError:
                raise click.ClickException(_("You are not allowed to use port {port}.").format(port=port)) from None
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
                raise click.ClickException(
                    _("{host} is no address of this machine ({reason}).").format(host=host, reason=error.strerror)
                ) from None
        if port != first:
            say(_("Port {wanted} is taken; using {port}.").format(wanted=first, port=port))
        return port
    raise click.ClickException(_("No free port was found from {port} on.").format(port=first))


def _children(folder: Path, host: str, port: int, *, has_own_database: bool) -> list[Child]:
    logs = folder / "log"
    logs.mkdir(mode=0o700, exist_ok=True)
    watcher = Child("database", _database, logs / "database.log", longest_pause=DATABASE_PAUSE)
    return [
        *([watcher] if has_own_database else []),
        Child("web", partial(_web, host, port, None), logs / "web.log"),
        Child("worker", partial(_worker, 2), logs / "worker.log"),
        Child("gateway", _gateway, logs / "gateway.log"),
        Child("consumer", _consumer, logs / "consumer.log"),
    ]


def _database() -> None:
    """Watches the home folder's server. When the server dies, this process exits too, and its restart by the supervisor
    starts the server again."""
    cluster = home.cluster()
    try:
        cluster.start(say)
    except (ClusterError, OSError) as error:
        say(str(error))
        raise SystemExit(1) from error
    cluster.wait_for_end()
    say(_("The database has ended."))
    raise SystemExit(1)


def _web(host: str, port: int, workers: int | None) -> None:
    from wabolt.site.serving import default_processes, serve

    serve(host, port, workers or default_processes())


def _accept(folder: Path, public: PublicNames) -> None:
    from wabolt.site.caddy.start import accept_names

    accept_names(folder, public)


def _https(folder: Path, public: PublicNames, port: int, terminal: int) -> None:
    from wabolt.site.caddy.start import serve

    serve(folder, public, port, terminal)


def _worker(concurrency: int) -> None:
    _set_up_process()
    from wabolt.lib.jobs import run_worker
    from wabolt.operations.services import beating

    with beating("worker"):
        run_worker(concurrency=concurrency)


def _gateway() -> None:
    _set_up_process()
    from wabolt.messaging.services import run_gateway
    from wabolt.operations.services import beating

    with beating("gateway", has_loop=True):
        run_gateway()


def _consumer() -> None:
    _set_up_process()
    from wabolt.contacts.services import run_consumers
    from wabolt.operations.services import beating

    with beating("consumer", has_loop=True):
        run_consumers()


def _refuse_newer() -> None:
    """Raises SystemExit if a newer WABolt wrote the database. A database that does not answer yet is no reason."""
    set_up_django()
    from django.db import OperationalError, connection

    from wabolt.site.prepare import refuse_newer

    with contextlib.suppress(OperationalError):
        refuse_newer()
    connection.close()  # the processes that are forked later open their own


def _set_up_process() -> None:
    set_up_django()
    log_as_process()


def _prepare(*, demo: bool) -> str:
    """Migrates the database (and loads the demo) in a child process; returns the path of the page to open.

    It is a child process because a database connection must not be forked.
    """
    from django.db import OperationalError

    from wabolt.site import prepare

    reading, writing = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            for number in ending():
                signal.signal(number, signal.SIG_DFL)
            end_with_parent(parent)
            path = prepare.prepare(demo=demo)
            os.write(writing, path.encode())
            code = 0
        except SystemExit as end:
            say(str(end))
        except OperationalError as error:
            say("\n" + str(error).strip())
            if home.free_bytes() < MIN_FREE:
                say(_("The disk is full. Make room, then start again. No data is lost."))
        except BaseException:  # noqa: BLE001 -- nothing may come back out of a forked process
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as pipe:
            path = pipe.read().decode()
    except SystemExit:  # a signal: end the child before the database stops
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
        say("\n" + _("Stopped before everything was ready. The next start continues from here."))
        raise
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        raise click.ClickException(_("The database could not be updated; see the error above."))
    return path


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
