"""The Dockerfile and the compose files name files, commands, options and settings that exist.

The files are read: instructions of the Dockerfile, and the compose files with their variables filled in. Another file
(`test_image.py`) builds the image.
"""

import json
import re
from fnmatch import fnmatch
from typing import Any

import click
import pytest
import yaml

from tests.guards.layout import ROOT
from wabolt.site.command import cli

COMPOSE = ("compose.yaml", "compose.postgres.yaml")
PROBES = ("/healthz", "/readyz")


def instructions() -> list[tuple[str, str]]:
    """(instruction, rest) of each line of the Dockerfile, continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def of(name: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == name]


def services(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))["services"]
    return found


def ours() -> list[tuple[str, str, dict[str, Any]]]:
    return [(f, n, one) for f in COMPOSE for n, one in services(f).items() if one["image"] == "wabolt"]


def parse(arguments: list[str]) -> None:
    """Parses a command line of `wabolt` without running it. Raises click.UsageError."""
    context = click.Context(cli)
    command = cli.get_command(context, arguments[0])
    assert command is not None, arguments
    command.make_context(arguments[0], list(arguments[1:]), parent=context).close()


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [word for rest in of("COPY") if "--from" not in rest for word in rest.split()[:-1]]
    assert len(copied) > 8
    assert all((ROOT / name).exists() for name in copied)
    assert [name for name in copied if not any(fnmatch(name, pattern) for pattern in kept)] == []


def test_the_build_finds_the_files_that_it_reads() -> None:
    """All files that pyproject.toml and hatch_build.py name are copied before the wheel is built."""
    copied = {word for rest in of("COPY") for word in rest.split()[:-1]}
    hook = (ROOT / "hatch_build.py").read_text(encoding="utf-8")
    named = {name for name in ("vendor.toml", "package.json", "package-lock.json") if name in hook}
    assert named | {"pyproject.toml", "README.md", "LICENSE", "src"} <= copied


def test_the_image_runs_as_an_ordinary_user_with_one_volume() -> None:
    assert of("USER") == ["wabolt"]
    assert instructions().index(("USER", "wabolt")) > instructions().index(("VOLUME", "/data")) - 2
    assert of("VOLUME") == ["/data"]
    environment = dict(pair.split("=", 1) for pair in of("ENV")[0].split())
    assert environment["WABOLT_HOME"] == "/data"
    assert "--home-dir /data" in of("RUN")[-1]


def test_the_image_asks_its_readiness() -> None:
    (check,) = of("HEALTHCHECK")
    command = json.loads(check.partition("CMD ")[2])
    assert command[0] == "python"
    assert any(probe in command[-1] for probe in PROBES)
    compile(command[-1], "healthcheck", "exec")


def test_every_command_exists() -> None:
    assert json.loads(of("ENTRYPOINT")[0]) == ["wabolt"]
    parse(json.loads(of("CMD")[0]))
    for _file, _name, service in ours():
        if "command" in service:
            parse([str(word) for word in service["command"]])
    with pytest.raises(click.UsageError):
        parse(["up", "--no-such-option"])


def test_the_containers_have_no_further_rights() -> None:
    for _file, _name, service in ours():
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert "privileged" not in service


@pytest.mark.parametrize("file", COMPOSE)
def test_every_setting_is_documented(file: str) -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    names = {name for _file, _name, service in ours() for name in service["environment"]}
    assert [name for name in names if f"`{name}`" not in page] == []
    text = (ROOT / file).read_text(encoding="utf-8")
    volumes = yaml.safe_load(text)["volumes"]
    assert len(volumes) == 1
    assert f"- {next(iter(volumes))}:/" in text


def test_the_processes_of_many_containers_are_those_of_one() -> None:
    started = {service["command"][0] for service in services("compose.postgres.yaml").values() if "command" in service}
    assert started == {"migrate", "web", "worker", "gateway", "consumer"}
    web = services("compose.postgres.yaml")["web"]
    assert any(probe in str(web["healthcheck"]["test"]) for probe in PROBES)
    (volume,) = services("compose.postgres.yaml")["database"]["volumes"]
    assert volume == "database:/var/lib/postgresql"
