"""Tests of the ``wabolt`` command: options, messages, and start and end of the whole installation."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import psutil
import pytest
from click.testing import CliRunner
from django.db import OperationalError
from tests.forking import ForkServer
from tests.forking import quick_python as quick_interpreter
from tests.shared import copied_cluster, copy

from wabolt.lib.errors import DomainError
from wabolt.site import home, machine, prepare
from wabolt.site.command import cli, rooms, running
from wabolt.site.command.group import OWN
from wabolt.site.command.running import free_port
from wabolt.site.postgres import Cluster, ClusterError
from wabolt.site.tests.public import has_ended


@click.command()
def contacts() -> None: ...


@click.command()
def orders() -> None: ...


def test_help_starts_no_database(tmp_path: Path) -> None:
    """Of all commands, of a group and of one command of the rooms."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"WABOLT_HOME": str(tmp_path / "new"), "WABOLT_SECRET_KEY": "x"}
    asked = [["--help"], *([*command, "--help"] for command in (["import"], ["import", "contacts"], ["verify"]))]
    everything, *parts = run_all(asked, environment)
    listed = set(re.findall(r"^  ([a-z-]+) ", everything.stdout, re.MULTILINE))
    assert listed >= {*OWN, "verify"}
    for command, done in zip(asked[1:], parts, strict=True):
        assert done.stdout.startswith(f"Usage: wabolt {' '.join(command[:-1])}")
    assert {done.returncode for done in (everything, *parts)} == {0}
    assert not list(tmp_path.rglob("PG_VERSION"))


ENGLISH = re.compile(
    r"\b(usage|error|no such|invalid|value|option|argument|try|missing|unexpected|did you mean)\b", re.IGNORECASE
)


WRONG = [
    ["--foo"],
    ["--hlp"],
    ["up", "--port", "x"],
    ["up", "--port", "99999999"],
    ["up", "--port"],
    ["up", "--log-format", "x"],
    ["restore", "a", "b", "c"],
    ["up", "more"],
]
ALL_IN_ONE = """
import contextlib, io, json, sys
from wabolt.site.command import main
told = []
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["wabolt", *arguments]
    with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.redirect_stderr(io.StringIO()) as said:
        try:
            main()
        except SystemExit as end:
            told.append((arguments, end.code, printed.getvalue(), said.getvalue()))
json.dump(told, sys.stdout)
"""


def run_all(commands: list[list[str]], environment: dict[str, str]) -> list["subprocess.CompletedProcess[str]"]:
    """Runs commands one after the other in one process."""
    program = [quick_interpreter(), "-c", ALL_IN_ONE, json.dumps(commands)]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, check=True)
    return [subprocess.CompletedProcess(*told) for told in json.loads(done.stdout)]


def test_wrong_arguments_are_explained_in_the_language_of_the_terminal(tmp_path: Path) -> None:
    """Also where the words come from click."""
    for language in ("id", "en"):
        for done in run_all(WRONG, {**os.environ, "WABOLT_HOME": str(tmp_path), "WABOLT_LANGUAGE": language}):
            assert done.returncode == 2
            is_english = bool(ENGLISH.search(re.sub(r"\[.*?\]|'[^']*'", "", done.stderr)))
            assert is_english is (language == "en"), (done.args, done.stderr)


def test_groups_of_one_name_from_several_rooms_are_merged() -> None:
    found: dict[str, click.Command] = {}
    rooms._add(found, click.Group("import", commands=[contacts], help="Read files."))
    rooms._add(found, click.Group("import", commands=[orders]))
    merged = found["import"]
    assert isinstance(merged, click.Group)
    assert set(merged.commands) == {"contacts", "orders"}
    assert merged.help == "Read files."


def test_two_rooms_with_one_command_raise() -> None:
    found: dict[str, click.Command] = {}
    rooms._add(found, click.Group("import", commands=[contacts]))
    with pytest.raises(RuntimeError, match="contacts"):
        rooms._add(found, click.Group("import", commands=[contacts]))


@pytest.mark.parametrize("error", [ClusterError("no room on the disk"), DomainError("no such shop")])
def test_expected_error_is_printed_in_one_line(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def broken(_ctx: click.Context, _name: str) -> click.Command:
        raise error

    monkeypatch.setattr(rooms, "command_with_database", broken)
    done = CliRunner().invoke(cli, ["anything"])
    assert done.exit_code == 1
    assert done.output.strip().endswith(str(error))
    assert "Traceback" not in done.output


@pytest.mark.usefixtures("socket_enabled")
def test_taken_port_leads_to_the_next_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port("127.0.0.1", port) > port


@pytest.mark.usefixtures("socket_enabled")
def test_foreign_address_is_named_in_the_error() -> None:
    with pytest.raises(click.ClickException, match=r"192\.0\.2\.1 is no address of this machine"):
        free_port("192.0.2.1", 8000)
    done = CliRunner().invoke(cli, ["up", "--port", "70000"])
    assert "65535" in done.output


def test_unwritable_home_has_a_one_line_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.delenv("DATABASE_URL")
    for folder in (file, file / "below"):
        monkeypatch.setenv("WABOLT_HOME", str(folder))
        done = CliRunner().invoke(cli, ["up"])
        assert done.exit_code == 1
        assert f"Error: WABolt may not write in {folder}" in done.output
        assert "WABOLT_HOME" in machine._disk().advice


@pytest.mark.parametrize("command", ["restore", "check-backup"])
def test_missing_backup_is_reported_before_the_key_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("WABOLT_LANGUAGE", "id")
    missing = tmp_path / "tidak-ada.wabolt"
    done = CliRunner().invoke(cli, [command, str(missing)])
    assert (done.exit_code, done.output) == (1, f"Gagal: Tidak ada file cadangan di {missing}.\n")


def test_cancelled_question_is_reported_in_the_language_of_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WABOLT_LANGUAGE", "id")
    file = tmp_path / "cadangan.wabolt"
    file.touch()
    done = CliRunner().invoke(cli, ["check-backup", str(file)], input="")
    assert done.exit_code == 1
    assert "Dibatalkan." in done.output
    assert "Aborted" not in done.output


def test_full_disk_has_a_one_line_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> Path:
        raise OSError(28, "No space left on device", "/shop/up.lock")

    monkeypatch.setattr(home, "create_home", full)
    done = CliRunner().invoke(cli, ["up"])
    assert done.exit_code == 1
    assert done.output == "Error: The disk is full. Make room, then try again. No data is lost.\n"


def test_full_disk_during_a_migration_has_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def full(*, demo: bool) -> str:
        raise OperationalError("could not extend file: No space left on device")

    monkeypatch.setattr(prepare, "prepare", full)
    monkeypatch.setattr(home, "free_bytes", lambda: 0)
    with pytest.raises(click.ClickException):
        running._prepare(demo=True)
    said = capfd.readouterr().err
    assert "No space left on device\nThe disk is full. Make room" in said
    assert "Traceback" not in said


def test_secret_is_made_once_and_kept_private(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WABOLT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("WABOLT_SECRET_KEY", raising=False)
    secret = home.secret_key()
    assert home.secret_key() == secret
    assert len(secret) > 50
    assert (tmp_path / "home" / "secret-key").stat().st_mode & 0o077 == 0
    home.store_keys({"secret-key": "another"})
    assert home.secret_key() == "another"
    assert (tmp_path / "home" / "secret-key.before").read_text() == secret
    monkeypatch.setenv("WABOLT_SECRET_KEY", "from outside")
    assert home.secret_key() == "from outside"
    assert "secret-key" not in home.stored_keys()


def test_home_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WABOLT_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert home.home() == tmp_path / "wabolt"
    monkeypatch.setenv("WABOLT_HOME", "~/toko")
    assert home.home() == Path.home() / "toko"


@pytest.mark.usefixtures("socket_enabled")
def test_doctor_names_what_is_wrong_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://x@127.0.0.1:1/x")
    monkeypatch.setattr(machine.shutil, "which", lambda _name: None)
    monkeypatch.setattr(machine, "MAC_CHROME", Path("/nowhere"))
    done = CliRunner().invoke(cli, ["doctor"])
    assert done.exit_code == 1
    assert "✗ Database" in done.output
    assert "DATABASE_URL" in done.output
    assert "sudo apt install chromium" in done.output


@pytest.mark.usefixtures("socket_enabled")
def test_doctor_finds_nothing_bad_on_a_machine_that_runs_the_suite() -> None:
    done = CliRunner().invoke(cli, ["doctor"])
    assert done.exit_code == 0, done.output


LOADED = """
import os, sys
from pathlib import Path
threads = len(os.listdir(f"/proc/{os.getppid()}/task"))
Path(sys.argv[1]).write_text(f"{threads} {'neonize' in sys.modules}")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_code_loaded_before_the_fork_starts_no_thread_and_no_vendor(tmp_path: Path) -> None:
    """A thread or a foreign runtime (neonize's Go) that exists before a fork is broken after it. The program from which
    the tests fork has run `preload`."""
    assert ForkServer(os.environ).run(LOADED, str(tmp_path / "told")) == 0
    assert (tmp_path / "told").read_text() == "1 False"


class Installation:
    """``wabolt up`` in a process of its own, with its output."""

    def __init__(self, folder: Path, python: str) -> None:
        self.folder = folder
        self.log = folder.with_suffix(".log")
        environment = {**os.environ, "WABOLT_HOME": str(folder), "WABOLT_LANGUAGE": "en"}
        for name in ("DATABASE_URL", "WABOLT_SECRET_KEY", "WABOLT_PUBLIC_URL"):
            environment.pop(name, None)
        command = [python, "-m", "wabolt", "up", "--port", "8471"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, env=environment, stderr=log, stdin=subprocess.DEVNULL)

    def link(self) -> str:
        wait_for(lambda: "Open this link" in self.log.read_text() or self.process.poll() is not None, 60)
        found = re.search(r"http://\S+", self.log.read_text().split("Open this link")[-1])
        assert found, self.log.read_text() + "".join(path.read_text() for path in self.folder.glob("log/*.log"))
        return found.group()

    def tree(self) -> list[psutil.Process]:
        """`up` and all processes below it."""
        up = psutil.Process(int((self.folder / "up.lock").read_text()))
        return [up, *up.children(recursive=True)]

    def members(self) -> list[int]:
        """The processes of this installation without its database, found by their environment. Forked ones have
        another."""
        mark = f"WABOLT_HOME={self.folder}\0".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (entry / "environ").read_bytes() and b"-m\0wabolt\0up" in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
        return found


Start = Callable[[str], Installation]


@pytest.fixture
def start(open_folder: Path) -> Iterator[Start]:
    """Starts the installation with this interpreter."""
    installations: list[Installation] = []

    def go(python: str) -> Installation:
        installations.append(Installation(open_folder / "home", python))
        return installations[-1]

    yield go
    for installed in installations:
        installed.process.kill()
        installed.process.wait()
    Cluster(open_folder / "home" / "postgres").remove()


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_installation_starts_survives_a_kill_and_stops_cleanly(
    start: Start, made_home: Path, open_folder: Path, quick_python: str
) -> None:
    copy(made_home / "home", open_folder / "home")
    copied_cluster(made_home, open_folder / "home" / "postgres")
    installed = start(quick_python)
    link = installed.link()
    assert "/setup/?token=" in link
    with urllib.request.urlopen(link, timeout=60) as answer:
        assert answer.status == 200
    assert "--lan" in installed.log.read_text(), "a phone in the same Wi-Fi needs it"
    cluster = Cluster(installed.folder / "postgres")
    assert cluster.ping()
    assert len(installed.tree()) >= 6  # up, database, web, worker, gateway, consumer

    os.kill(int((cluster.places.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    wait_for(lambda: not cluster.ping())
    wait_for(cluster.ping)  # restarted automatically
    wait_for(lambda: running.answers("127.0.0.1", int(link.split(":")[2].split("/")[0])))
    assert "database ended" in installed.log.read_text()

    before = installed.tree()
    before[0].kill()  # no orphan except the database, which the next start adopts
    wait_for(lambda: all(has_ended(process) for process in before))
    assert cluster.ping()

    again = start(quick_python)
    again.link()
    before = again.tree()
    again.process.send_signal(signal.SIGINT)
    assert again.process.wait(timeout=30) == 0
    assert all(has_ended(process) for process in before)
    assert not cluster.ping()


@pytest.mark.slow
@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_during_the_start_is_reported_and_leaves_no_process(
    start: Start, open_folder: Path, made_cluster: Path, number: signal.Signals
) -> None:
    copied_cluster(made_cluster, open_folder / "home" / "postgres")
    installed = start(sys.executable)
    cluster = Cluster(installed.folder / "postgres")
    wait_for(cluster.ping, 60)
    installed.process.send_signal(number)
    assert installed.process.wait(timeout=30) == 128 + number
    assert "Open this link" not in installed.log.read_text()
    assert "Traceback" not in installed.log.read_text()
    assert installed.members() == []
    assert not cluster.ping()
