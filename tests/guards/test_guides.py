"""Every command in a guide exists, with its options, and so does every file and page that a guide names.

Read are the fenced blocks and the code spans of all pages in docs/, the README and CONTRIBUTING.md. Words in capitals
(`FILE`), brackets and dots are placeholders.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.guards.layout import ROOT
from wabolt.site.command import cli
from wabolt.site.command.group import OWN
from wabolt.site.command.rooms import gather

PAGES = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
GUIDES = [ROOT / "docs" / f"{name}.md" for name in (
    "pasang-di-server", "pasang-di-laptop", "cadangan-dan-pindah-komputer", "operations", "operasional",
    "public-address", "alamat-publik", "backup-and-move",
)]  # fmt: skip
BOTH_LANGUAGES = {
    "operations": "operasional", "public-address": "alamat-publik", "backup-and-move": "cadangan-dan-pindah-komputer",
}  # fmt: skip
"""The guides for those who run an installation: {English: Indonesian}."""
SYSTEM = {
    "apt", "cd", "echo", "git", "journalctl", "python3", "sysctl", "systemctl", "docker", "adduser", "tee", "cp",
    "chown", "ssh-keygen", "scp", "ssh", "getent", "loginctl",
}  # fmt: skip
"""Programs of the system that the guides use."""
_PREFIXES = re.compile(r"^(?:sudo|env|runuser -u wabolt --|[A-Z_]+=\S+)\s+")
_WABOLT = re.compile(r"^(?:\S*/bin/wabolt|\S*python -m wabolt|wabolt)(?=\s|$)")
_FENCED = re.compile(r"^ *```[a-z]*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_REPOSITORY = re.compile(r"(?:docs|src|tests|tools|benchmarks|examples|monitoring)/[\w./-]+")


def blocks(page: Path) -> list[str]:
    """The lines of fenced blocks, without comments."""
    lines = [line for block in _FENCED.findall(page.read_text("utf-8")) for line in block.splitlines()]
    return [bare for line in lines if (bare := re.sub(r"(^|\s+)# .*", "", line).strip())]


def spans(page: Path) -> list[str]:
    text = _FENCED.sub("", page.read_text("utf-8"))
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]


def bare(command: str) -> str:
    """The command without what only changes its user or environment."""
    while (found := _PREFIXES.match(command)) is not None:
        command = command[found.end() :]
    return command


def of_wabolt(page: Path) -> Iterator[list[str]]:
    """The arguments of each command of wabolt."""
    for command in map(bare, [*blocks(page), *spans(page)]):
        found = _WABOLT.match(command)
        arguments = shlex.split(re.sub(r"[\[\]]|\.\.\.", "", command[found.end() :])) if found else []
        if arguments:
            yield ["1" if word.isupper() and word.isalpha() else word for word in arguments]


def parse(arguments: list[str]) -> None:
    """Parses a command line of `wabolt` without running it. Raises click.UsageError.

    Missing arguments and values, and files that do not exist here, are no error: `wabolt up --domain` names an option.
    """
    context = click.Context(cli)
    command = cli.get_command(context, arguments[0]) if arguments[0] in OWN else gather().get(arguments[0])
    assert command is not None, f"there is no command {arguments[0]}"
    while isinstance(command, click.Group) and len(arguments) > 1:
        context, arguments = click.Context(command, parent=context, info_name=arguments[0]), arguments[1:]
        command = command.get_command(context, arguments[0])
        assert command is not None, f"there is no command {arguments[0]}"
    try:
        command.make_context(arguments[0], list(arguments[1:]), parent=context, resilient_parsing=False).close()
    except click.MissingParameter:
        pass
    except click.BadOptionUsage as error:
        if "requires an argument" not in error.message:
            raise
    except click.BadParameter as error:
        if "does not exist" not in error.message:
            raise


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_command_and_option_of_wabolt_exists(page: Path) -> None:
    for arguments in of_wabolt(page):
        parse(arguments)


def test_commands_are_found_and_wrong_ones_are_refused() -> None:
    assert sum(len(list(of_wabolt(page))) for page in GUIDES) > 80
    for wrong in (["updaet"], ["up", "--no-such-option"], ["user", "rename"], ["up", "--port", "http"]):
        with pytest.raises((AssertionError, click.UsageError)):
            parse(wrong)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_target_of_make_exists(page: Path) -> None:
    """`ARGS` of `make run` and `make demo` are options of what they start."""
    known, started = targets(), {"run": "up", "demo": "demo"}
    for command in map(bare, [*blocks(page), *spans(page)]):
        found = re.match(r"make ([a-z-]+)(?: ARGS=(\S+))?", command)
        if found:
            assert found[1] in known, command
            if found[2] and found[1] in started:
                parse([started[found[1]], found[2]])


@pytest.mark.parametrize("page", GUIDES, ids=lambda path: path.stem)
def test_every_line_to_type_begins_with_a_known_program(page: Path) -> None:
    for line in blocks(page):
        for command in map(bare, line.split(" | ")):
            program = command.split()[0]
            known = program in SYSTEM or program == "make" or program.endswith("/bin/pip") or _WABOLT.match(command)
            assert known, line


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_file_and_page_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    named = [page.parent / link for link in links if link]
    named += [ROOT / found for found in re.findall(r"(?:wabolt-sumber|~/wabolt)/([\w./-]+)", text)]
    for span in spans(page):
        if _REPOSITORY.fullmatch(span):
            places = (ROOT, ROOT / "docs", ROOT / "src" / "wabolt", ROOT / "build")
            found = next((place / span for place in places if (place / span).exists()), None)
            assert found, f"{page.name} names {span}"
    assert [str(path) for path in named if not path.exists()] == []


@pytest.mark.parametrize(("english", "indonesian"), BOTH_LANGUAGES.items())
def test_guides_in_both_languages_name_each_other_and_the_same_commands(english: str, indonesian: str) -> None:
    """Arguments may have other names: `s3://bucket/folder`, `s3://nama-bucket/folder`."""
    one, other = (ROOT / "docs" / f"{name}.md" for name in (english, indonesian))
    assert f"({other.name})" in one.read_text("utf-8")
    assert f"({one.name})" in other.read_text("utf-8")
    commands = [
        {(arguments[0], *(word for word in arguments if word.startswith("--"))) for arguments in of_wabolt(page)}
        for page in (one, other)
    ]
    assert commands[0] == commands[1]


def test_the_readme_leads_to_the_guides() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first = [page for page in GUIDES if page.stem not in {"operasional", "public-address", "alamat-publik"}]
    assert [page.name for page in first if f"docs/{page.name}" not in readme] == []
