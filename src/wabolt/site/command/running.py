"""Commands that start the whole installation or one process of it."""

import contextlib
import errno
import gc
import http.client
import os
import shutil
import signal
import socket
import sys
import traceback
from functools import partial
from importlib import import_module
from pathlib import Path
from types import FrameType

import click

from wabolt.lib.disk import MIN_FREE
from wabolt.lib.log_lines import log_as_process
from wabolt.site import home
from wabolt.site.caddy.names import PublicNames, names_changed, read_names
from wabolt.site.caddy.options import PublicOptions, choose_names, public_options, set_environment, start_again
from wabolt.site.command.monitoring import log_format_option
from wabolt.site.database import database, set_up_django
from wabolt.site.lan import WILDCARDS, in_url, lan_addresses, own_hosts, qr_code
from wabolt.site.only_one import only_one
from wabolt.site.parent import end_with_parent
from wabolt.site.postgres import ClusterError
from wabolt.site.supervisor import Child, Supervisor, ending
from wabolt.site.terminal import say
from wabolt.site.words import _

PORT = 8000
PORTS_TRIED = 50
HIGHEST_PORT = 65_535
DATABASE_PAUSE = 2.0  # seconds: upper bound of the database's backoff, since every other process waits for it

PORTS = click.IntRange(1, HIGHEST_PORT)
host_option = click.option(
    "--host", default="127.0.0.1", show_default=True, help=_("Address to listen on; 0.0.0.0 lets the network in.")
)

lan_option = click.option(
    "--lan", is_flag=True, help=_("Let phones in the same network in, and show a QR code of the address.")
)



@click.command(help=_("Start everything: database, web, worker, gateway and consumer. Ctrl-C stops all of it."))
@host_option
@lan_option
@public_options
@click.option(
    "--port", type=PORTS, default=PORT, show_default=True, help=_("Port of the pages; the next free one if taken.")
)
@log_format_option
def up(host: str, port: int, lan: bool, wanted: PublicOptions) -> None:
    """``wabolt up``."""
    run_installation(WILDCARDS[0] if lan else host, port, demo=False, wanted=wanted)


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


@click.command(help=_("Process the event log: counters and everything else that follows events."))
@log_format_option
def consumer() -> None:
    """``wabolt consumer``."""
    with database(say):
        _refuse_newer()
        _consumer()


def run_installation(host: str, port: int, *, demo: bool, wanted: PublicOptions | None = None) -> None:
    """Starts everything for the home folder, prints one link, and runs until a signal arrives.

    `wanted`: the options about the public address; None for an installation without one.
    """
    before = dict(os.environ)
    folder = home.create_home()
    again = False
    public = choose_names(folder, wanted) if wanted else None
    if public and host in WILDCARDS:
        raise click.ClickException(
            _("Phones open {url}. Start without --lan, or forget the domain with --no-domain.").format(url=public.url)
        )
    for number in ending():
        signal.signal(number, _leave)
    own = not os.environ.get("DATABASE_URL")
    with only_one(folder), database(say):
        shown = "127.0.0.1" if host in WILDCARDS else host
        port = free_port(host, port)
        address = f"http://{shown}:{port}"
        lan = [f"http://{in_url(one)}:{port}" for one in lan_addresses(host)]
        if public:
            set_environment(folder, public)
        if wanted and host not in WILDCARDS and "WABOLT_PUBLIC_URL" not in before:
            os.environ["WABOLT_OWNS_NAME"] = "1"
        os.environ.setdefault("WABOLT_PUBLIC_URL", lan[0] if lan else address)
        os.environ["WABOLT_HOSTS"] = ",".join([os.environ.get("WABOLT_HOSTS", ""), *own_hosts(host)])
        os.environ["DATABASE_URL"] = home.database_url()  # inherited by the child processes
        _load()
        if public and public != read_names(folder):
            _accept(folder, public)
        path = _prepare(demo=demo)
        link = folder / "link"

        def announce() -> None:
            link.write_text(address, encoding="utf-8")
            say("")
            say(_("WABolt is ready. Open this link:"))
            say(f"\n    {os.environ['WABOLT_PUBLIC_URL'] if public else address}{path}\n")
            if public:
                say(_("On this computer it also opens at {address}").format(address=address))
                return
            _say_how_from_a_phone([base + path for base in lan], is_open=host in WILDCARDS)
            say(_("Ctrl-C stops it. Logs are in {folder}").format(folder=folder / "log"))

        try:
            children = _children(folder, host, port, own=own)
            if public:
                serve = partial(_https, folder, public, port, os.dup(2))
                children.append(Child("https", serve, folder / "log" / "https.log"))
            outdated = partial(names_changed, folder, public) if wanted else lambda: False
            again = Supervisor(children, say, lambda: answers(shown, port), announce, outdated).run()
        finally:
            link.unlink(missing_ok=True)
            say(_("The domain name has changed. Starting again ...") if again else _("Stopping. Everything is saved."))
    if again:
        start_again(before)


def _say_how_from_a_phone(links: list[str], *, is_open: bool) -> None:
    """Prints the ``links`` that a phone in the same network can open, the first as a QR code. ``is_open``: whether the
    server listens on all interfaces."""
    if not links and is_open:
        say(_("This computer is in no network that a phone could be in. Connect it to the Wi-Fi, then start it again."))
    if not links and not is_open:
        say(_("To open it on a phone in the same Wi-Fi, stop it and start it with --lan (make run ARGS=--lan)."))
    if not links:
        return
    say(_("On a phone in the same Wi-Fi, scan this or open {link}").format(link=links[0]))
    is_terminal = sys.stderr.isatty()
    columns = shutil.get_terminal_size().columns if is_terminal else None
    code = qr_code(links[0], columns=columns, coloured=is_terminal)
    say("\n" + code if code else _("(The window is too narrow for the QR code.)"))
    if links[1:]:
        say(_("If it does not open, the phone may be in another network of this computer: {links}").format(
            links=", ".join(links[1:])
        ))
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


def free_port(host: str, wanted: int) -> int:
    """Returns ``wanted`` or the next free port, and prints a line if it is another one."""
    for port in range(wanted, min(wanted + PORTS_TRIED, HIGHEST_PORT + 1)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except PermissionError:
                raise click.ClickException(_("Port {port} is not allowed for you.").format(port=port)) from None
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
                raise click.ClickException(
                    _("{host} is no address of this machine ({reason}).").format(host=host, reason=error.strerror)
                ) from None
        if port != wanted:
            say(_("Port {wanted} is taken; using {port}.").format(wanted=wanted, port=port))
        return port
    raise click.ClickException(_("No free port was found from {port} on.").format(port=wanted))


def _children(folder: Path, host: str, port: int, *, own: bool) -> list[Child]:
    logs = folder / "log"
    logs.mkdir(mode=0o700, exist_ok=True)
    watch = [Child("database", _database, logs / "database.log", longest_pause=DATABASE_PAUSE)] if own else []
    return [
        *watch,
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


def _load() -> None:
    """Loads the code of all processes before the first fork, so that they share its memory."""
    set_up_django()
    import_module("wabolt.site.asgi")
    import_module("granian.server")
    import_module("wabolt.messaging.gateway")
    from django.urls import get_resolver

    _ignored = get_resolver().url_patterns
    gc.collect()
    gc.freeze()  # a collection would write to every page and so copy it


def _prepare(*, demo: bool) -> str:
    """Migrates the database (and loads the demo) in a child process; returns the path of the page to open.

    It is a child process because a database connection must not be forked.
    """
    from django.db import OperationalError

    from wabolt.site import prepare

    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            for number in ending():
                signal.signal(number, signal.SIG_DFL)
            end_with_parent()
            path = prepare.prepare(demo=demo)
            os.write(writing, path.encode())
            code = 0
        except SystemExit as end:
            say(str(end))
        except OperationalError as error:
            say("\n" + str(error).strip())
            if home.free_bytes() < MIN_FREE:
                say(_("The disk is full. Make room, then start again; what was there is kept."))
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
        say("\n" + _("Stopped before everything was ready. The next start takes it up again."))
        raise
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        raise click.ClickException(_("The database could not be updated; see the error above."))
    return path


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
