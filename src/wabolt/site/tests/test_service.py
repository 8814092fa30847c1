"""The systemd unit: systemd accepts it, it is hardened, and the command refuses clearly where it cannot work."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.forking import ForkServer

from wabolt.site import service
from wabolt.site.caddy.names import read_names
from wabolt.site.caddy.options import PublicOptions, choose_names
from wabolt.site.command import cli
from wabolt.site.service import STATE, Service, ServiceError

ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="this machine has no systemd-analyze")
SYSTEM = Service(STATE, ("--port", "8000"), "daemon")
PUBLIC = Service(STATE, ("--port", "8000"), "daemon", low_ports=True)
OWN = Service(Path("/home/ibu ratna/50%"), ("--lan",))
EXPOSURE = 3.0  # `systemd-analyze security` calls up to 4.9 "OK" or "medium"; the web server needs the network


@needs_systemd
@pytest.mark.parametrize("unit", [SYSTEM, PUBLIC, OWN], ids=["system", "domain", "user"])
def test_systemd_accepts_the_unit(tmp_path: Path, unit: Service) -> None:
    file = tmp_path / "wabolt.service"
    file.write_text(unit.text())
    manager = "--system" if unit.is_system else "--user"
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(
        [str(ANALYZE), "verify", manager, "--man=no", str(file)], capture_output=True, text=True, env=environment,
        check=False,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "wabolt" in line]
    assert done.returncode == 0, done.stderr
    assert said == []


@needs_systemd
@pytest.mark.parametrize("unit", [SYSTEM, PUBLIC], ids=["system", "domain"])
def test_service_has_a_low_exposure(tmp_path: Path, unit: Service) -> None:
    file = tmp_path / "wabolt.service"
    file.write_text(unit.text())
    done = subprocess.run(
        [str(ANALYZE), "security", "--offline=yes", f"--threshold={int(EXPOSURE * 10)}", "--no-pager", str(file)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]


def options(unit: Service) -> dict[str, str]:
    return dict(line.split("=", 1) for line in unit.text().splitlines() if "=" in line)


def test_the_unit_runs_the_program_that_wrote_it() -> None:
    assert options(SYSTEM)["ExecStart"] == f"{sys.executable} -m wabolt up --port 8000"
    assert options(SYSTEM)["User"] == "daemon"
    assert "Restart=always" in SYSTEM.text()
    assert options(SYSTEM)["WantedBy"] == "multi-user.target"


def test_low_ports_are_allowed_for_a_domain_only() -> None:
    assert options(SYSTEM)["AmbientCapabilities"] == ""
    assert options(PUBLIC)["AmbientCapabilities"] == "CAP_NET_BIND_SERVICE"
    assert options(PUBLIC)["CapabilityBoundingSet"] == "CAP_NET_BIND_SERVICE"


def test_the_domain_is_in_the_home_folder_and_not_in_the_unit(tmp_path: Path) -> None:
    """In the unit, it would undo at each start of the machine what the owner changed on the page or with a command."""
    done = CliRunner().invoke(cli, ["install-service", "--print", "--domain", "wa.toko.example"])
    assert re.search(r"^ExecStart=.* up --port 8000$", done.output, re.MULTILINE), done.output
    own = Service(tmp_path / "home")
    service.choose_domain(own, "wa.toko.example")
    with pytest.raises(ServiceError, match=r"wa\.toko\.id"):
        service.choose_domain(own, "toko")
    stored = read_names(own.home)
    assert stored
    assert stored.names == ("wa.toko.example",)
    changed = ForkServer({**os.environ, "WABOLT_HOME": str(own.home)}).command("domain", "wa.baru.example")
    assert changed.returncode == 0, changed.stderr
    served = choose_names(own.home, PublicOptions())  # the service starts again
    assert served
    assert served.names == ("wa.baru.example",)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_the_domain_is_written_by_the_user_of_the_service(open_folder: Path) -> None:
    """Root writes nothing into a folder of another user, who could put a link there."""
    try:
        service.check_readable("daemon")
    except ServiceError as error:
        pytest.skip(str(error))
    folder = open_folder / "home"
    folder.mkdir(mode=0o700)
    shutil.chown(folder, "daemon", "daemon")
    service.choose_domain(Service(folder, (), "daemon"), "wa.toko.example")
    assert read_names(folder)
    assert {path.owner() for path in folder.iterdir()} == {"daemon"}


def test_a_home_folder_of_its_own_is_the_only_place_to_write() -> None:
    assert options(SYSTEM)["StateDirectory"] == "wabolt/shop"
    assert options(SYSTEM)["ProtectSystem"] == "strict"
    elsewhere = Service(Path("/srv/toko"), (), "daemon")
    assert options(elsewhere)["ReadWritePaths"] == "/srv/toko"
    assert options(Service(Path("/home/ibu/toko"), (), "ibu"))["ProtectHome"] == "no"


def test_special_characters_are_quoted() -> None:
    assert 'Environment="WABOLT_HOME=/home/ibu ratna/50%%"' in OWN.text()


def test_a_machine_without_systemd_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BOOTED", Path("/nowhere"))
    for arguments in (["install-service"], ["install-service", "--remove"]):
        done = CliRunner().invoke(cli, arguments)
        assert done.exit_code == 1
        assert done.output.startswith("Error: This machine does not run systemd.")
        assert done.output.count("\n") == 1


def test_unit_can_be_printed_without_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BOOTED", Path("/nowhere"))
    done = CliRunner().invoke(cli, ["install-service", "--print", "--lan"])
    assert done.exit_code == 0
    assert re.search(r"^ExecStart=.* up --lan --port 8000$", done.output, re.MULTILINE)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_a_program_that_the_user_cannot_read_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    program = tmp_path / "python"
    program.symlink_to(sys.executable)
    monkeypatch.setattr(service.sys, "executable", str(program))
    with pytest.raises(ServiceError, match="daemon cannot read"):
        service.check_readable("daemon")


def test_the_service_is_written_enabled_and_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Records the calls in place of systemctl, because this machine may run without systemd."""
    calls = tmp_path / "calls"
    stand_in = tmp_path / "systemctl"
    stand_in.write_text(f'#!/bin/sh\necho "$@" >> {calls}\n')
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(service, "SYSTEM_UNITS", tmp_path / "units")
    service.install(SYSTEM)
    assert (tmp_path / "units" / "wabolt.service").read_text() == SYSTEM.text()
    assert service.remove(SYSTEM)
    assert not (tmp_path / "units" / "wabolt.service").exists()
    assert not service.remove(SYSTEM)
    assert calls.read_text().splitlines() == [
        "daemon-reload", "enable wabolt.service", "restart wabolt.service", "disable --now wabolt.service",
        "daemon-reload",
    ]  # fmt: skip
