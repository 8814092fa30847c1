"""The options, the remembered names, Caddy's configuration, and what its log says."""

import ctypes
import json
import os
import socket
import sys
from pathlib import Path

import click
import pytest

from wabolt.public_address.queries import Problem
from wabolt.site import machine
from wabolt.site.caddy import options, preflight, program
from wabolt.site.caddy.config import Ports, make_config
from wabolt.site.caddy.log import read_line
from wabolt.site.caddy.names import PublicNames, forget_names, parse_name, read_names, remember_names
from wabolt.site.caddy.options import PublicOptions, choose_names, set_environment
from wabolt.site.caddy.program import CaddyMissingError, find_caddy
from wabolt.site.tests.shops import Shop

NAMES = PublicNames(("wa.toko.id", "www.toko.id"))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("wa.toko.id", "wa.toko.id"),
        (" WA.Toko.ID. ", "wa.toko.id"),
        ("https://wa.toko.id/", "wa.toko.id"),
        ("kedai.warung-ibu.com", "kedai.warung-ibu.com"),
        ("café.example", "xn--caf-dma.example"),
    ],
)
def test_a_typed_name_is_read(typed: str, name: str) -> None:
    assert parse_name(typed) == name


@pytest.mark.parametrize(
    "typed",
    ["", "toko", "203.0.113.9", "wa.toko.id:443", "wa.toko.id/x", "-a.id", "a..id", "*.toko.id", "a b.id", "x" * 300],
)
def test_invalid_name_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(ValueError, match=r"wa\.toko\.id"):
        parse_name(typed)


def test_names_are_remembered_until_they_are_forgotten(tmp_path: Path) -> None:
    assert read_names(tmp_path) is None
    remember_names(tmp_path, NAMES)
    assert choose_names(tmp_path, PublicOptions()) == NAMES
    assert choose_names(tmp_path, PublicOptions(no_domain=True)) is None
    assert choose_names(tmp_path, PublicOptions()) is None
    forget_names(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"names": []}', '{"names": ["x"], "authority": "", "http_port": 1}'])
def test_damaged_file_of_names_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "public-address.json").write_text(text)
    assert read_names(tmp_path) is None


def test_several_names_are_served_and_the_first_is_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WABOLT_PUBLIC_URL", "WABOLT_HOSTS", "WABOLT_PROXY_SECRET", "WABOLT_PUBLIC_CA"):
        monkeypatch.setenv(name, "x")
        monkeypatch.delenv(name)
    public = choose_names(tmp_path, PublicOptions(("wa.toko.id", "www.toko.id", "wa.toko.id"), acme_ca="internal"))
    assert public
    set_environment(tmp_path, public)
    assert os.environ["WABOLT_PUBLIC_URL"] == "https://wa.toko.id"
    assert os.environ["WABOLT_HOSTS"].strip(",").split(",") == ["wa.toko.id", "www.toko.id"]
    assert len(os.environ["WABOLT_PROXY_SECRET"]) > 30
    assert os.environ["WABOLT_PUBLIC_CA"].startswith(str(tmp_path))


def test_the_missing_program_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WABOLT_CADDY", str(tmp_path / "nothing"))
    with pytest.raises(CaddyMissingError):
        find_caddy()
    with pytest.raises(click.ClickException, match=r"pip install 'wabolt\[https\]'"):
        choose_names(tmp_path, PublicOptions(("wa.toko.id",)))
    assert read_names(tmp_path) is None


def test_the_program_of_the_wheel_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WABOLT_CADDY", raising=False)
    monkeypatch.setenv("PATH", "")
    assert find_caddy().name == "caddy"
    assert program._of_package()


@pytest.mark.parametrize(
    ("version", "knows"), [("2.6.2", False), ("v2.11.7 h1:abc=", True), ("v3.0.0", True), ("?", False)]
)
def test_program_on_the_path_needs_a_minimum_version(tmp_path: Path, version: str, knows: bool) -> None:
    """Debian's Caddy is too old."""
    other = tmp_path / "caddy"
    other.write_text(f"#!/bin/sh\necho '{version}'\n")
    other.chmod(0o755)
    assert (program.version_of(other) >= program.OLDEST) == knows
    assert program.version_of(find_caddy()) >= program.OLDEST


def test_doctor_names_a_missing_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WABOLT_HOME", str(tmp_path))
    assert machine._caddy() == []
    remember_names(tmp_path, NAMES)
    assert machine._caddy()[0].state == "good"
    monkeypatch.setenv("WABOLT_CADDY", str(tmp_path / "nothing"))
    assert "wabolt[https]" in machine._caddy()[0].advice


def test_an_authority_is_internal_or_an_https_address(tmp_path: Path) -> None:
    with pytest.raises(click.BadParameter):
        choose_names(tmp_path, PublicOptions(("wa.toko.id",), acme_ca="http://ca.example"))


def test_caddy_gets_no_secret_but_its_own(tmp_path: Path) -> None:
    config = json.dumps(make_config(NAMES, Ports(8000), "between-caddy-and-the-front", tmp_path))
    assert config.count("between-caddy-and-the-front") == 1
    assert '"disabled": true' in config


def test_port_behind_a_router_is_not_in_the_public_address(tmp_path: Path) -> None:
    servers = make_config(NAMES, Ports(8000, 8080, 8443), "s", tmp_path)["apps"]["http"]["servers"]
    assert servers["https"]["listen"] == [":8443"]
    assert "8443" not in json.dumps(servers["http"]["routes"])


def refusal(error: str) -> str:
    return json.dumps({"msg": "could not get certificate from issuer", "identifier": "wa.toko.id", "error": error})


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        ("HTTP 429 urn:ietf:params:acme:error:rateLimited - too many certificates", Problem.RATE_LIMITED),
        ("HTTP 403 urn:ietf:params:acme:error:unauthorized - Invalid response", Problem.UNAUTHORIZED),
        ("authorization failed: HTTP 403 urn:ietf:params:acme:error:caa - CAA record prevents issuance", Problem.CAA),
        ("HTTP 400 urn:ietf:params:acme:error:dns - DNS problem: NXDOMAIN looking up A", Problem.DNS_MISSING),
        ("HTTP 400 urn:ietf:params:acme:error:connection - Timeout during connect", Problem.UNREACHABLE),
        ("HTTP 400 urn:ietf:params:acme:error:rejectedIdentifier - forbidden by policy", Problem.NAME_REJECTED),
        ("x509: certificate has expired or is not yet valid: current time 2019-01-01", Problem.CLOCK),
        ("dial tcp: lookup acme-v02.api.letsencrypt.org: no such host", Problem.AUTHORITY_OFFLINE),
        ("HTTP 500 urn:ietf:params:acme:error:serverInternal - busy", Problem.CERTIFICATE_REFUSED),
        ("something new", Problem.CERTIFICATE_REFUSED),
    ],
)  # fmt: skip
def test_refused_certificate_has_its_problem(error: str, problem: Problem) -> None:
    finding = read_line(refusal(error))
    assert finding
    assert finding.found
    assert finding.found.problem is problem
    assert finding.found.data["name"] == "wa.toko.id"


def test_the_time_of_the_next_attempt_is_read() -> None:
    finding = read_line(refusal("urn:ietf:params:acme:error:rateLimited - retry after 2026-11-30 10:00:00 UTC: see"))
    assert finding
    assert finding.found
    assert finding.found.data["retry_at"] == "2026-11-30 10:00:00"


def test_obtained_certificate_ends_the_problem_and_other_lines_are_ignored() -> None:
    told = read_line('{"msg": "certificate obtained successfully", "identifier": "wa.toko.id"}')
    assert told
    assert told.found is None
    for line in ("", "panic: x", "[]", '{"msg": "server running"}', '{"level": "info"}'):
        assert read_line(line) is None


def test_a_taken_port_names_its_program(socket_enabled: None) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = preflight.examine_ports([port])
        assert found
        assert found.problem is Problem.PORT_TAKEN
        assert found.data["port"] == port
        assert found.data["program"]
    assert preflight.examine_ports([port]) is None


LOWEST_PORT = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
CLONE_NEWNET = 0x40000000  # sched.h: a new network namespace, where all ports are free and LOWEST_PORT is separate


@pytest.mark.parametrize(("lowest", "seen"), [("1024", Problem.PORT_FORBIDDEN.value), ("80", "free")])
def test_an_ordinary_user_gets_low_ports_where_the_system_allows_them(
    socket_enabled: None, lowest: str, seen: str
) -> None:
    """In a child process without rights, in a network namespace of its own."""
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("needs root on Linux, to become a user without rights in a new network namespace")
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        output = "no namespace"
        try:
            if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) == 0:
                LOWEST_PORT.write_text(lowest)
                os.setgid(65534)
                os.setuid(65534)
                found = preflight.examine_ports([80, 443])
                output = found.problem.value if found else "free"
        except OSError as error:
            output = f"no namespace: {error}"
        finally:
            os.write(writing, output.encode())
            os._exit(0)
    os.waitpid(pid, 0)
    output = os.read(reading, 100).decode()
    os.close(reading)
    os.close(writing)
    if output.startswith("no namespace"):
        pytest.skip(f"this machine does not allow network namespaces: {output}")
    assert output == seen


def test_new_names_are_refused_when_a_port_is_taken(shop: Shop, tmp_path: Path, socket_enabled: None) -> None:
    """Nothing is started and nothing is remembered."""
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        new_home = {"WABOLT_HOME": str(tmp_path), "WABOLT_LANGUAGE": "id"}
        done = shop.processes.command("up", "--domain", "wa.toko.id", "--https-port", port, environment=new_home)
    assert done.returncode == 1
    assert f"Port {port} di komputer ini sudah dipakai program" in done.stderr
    assert read_names(tmp_path) is None


def test_a_service_for_the_network_starts_after_a_name_was_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """`wabolt install-service --lan`, and `wabolt domain` a month later: it has to survive the next start."""
    assert options.host_with_name(NAMES, "0.0.0.0", PublicOptions()) == "127.0.0.1"
    assert "--no-domain" in capsys.readouterr().err
    assert options.host_with_name(None, "0.0.0.0", PublicOptions()) == "0.0.0.0"
    assert options.host_with_name(NAMES, "127.0.0.1", PublicOptions(("wa.toko.id",))) == "127.0.0.1"
    with pytest.raises(click.ClickException, match="--no-domain"):
        options.host_with_name(NAMES, "0.0.0.0", PublicOptions(("wa.toko.id",)))


def test_the_options_reach_the_command() -> None:
    received: list[PublicOptions] = []

    @click.command()
    @options.public_options
    def up(address: PublicOptions) -> None:
        received.append(address)

    up.main(["--domain", "a.id", "--domain", "b.id", "--https-port", "8443"], standalone_mode=False)
    assert received == [PublicOptions(("a.id", "b.id"), https_port=8443)]
