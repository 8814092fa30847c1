"""A complete installation in a temporary home: PostgreSQL, web, worker and gateway, as `wabolt up` starts them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from tests.forking import quick_python
from tests.shared import copied_cluster, copy, free_port
from wabolt.site.postgres import Cluster


@dataclass(frozen=True, slots=True)
class Installation:
    """A running installation. `link` is the address that `wabolt up` printed."""

    home: Path
    link: str

    @property
    def base(self) -> str:
        return self.link.split("/", 3)[0] + "//" + self.link.split("/", 3)[2]

    def sql(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Run a statement in the installation's database and return its rows."""
        with psycopg.connect(Cluster(self.home / "postgres").url(), autocommit=True) as connection:
            cursor = connection.execute(statement, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []


@contextmanager
def running_installation(
    command: str = "up", extra: Mapping[str, str] | None = None, made: Path | None = None
) -> Iterator[Installation]:
    """Start `wabolt up` (or `demo`) with `extra` in its environment, and stop it like Ctrl-C.

    `made`: the folder of the fixture `made_home`, to start with a copy of it instead of an empty home, and by forking
    (`quick_python`) instead of a new interpreter.
    """
    with TemporaryDirectory(prefix="wabolt-installation-") as folder:
        Path(folder).chmod(0o711)  # the PostgreSQL user needs to traverse the folder
        home = Path(folder) / "home"
        if made:
            copy(made / "home", home)
            copied_cluster(made, home / "postgres")
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("WABOLT_") and name != "DATABASE_URL"
        }
        environment |= {"WABOLT_HOME": str(home), "WABOLT_DEMO_HOME": str(home), "WABOLT_UPDATE_URL": "off"}
        environment |= extra or {}
        process = subprocess.Popen(
            [quick_python() if made else sys.executable, "-m", "wabolt", command, "--port", str(free_port())],
            env=environment, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            yield Installation(home, _link(process))
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=180)


def _link(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.strip().startswith("http://"):
            return line.strip()
    raise AssertionError("the installation did not start:\n" + "".join(lines))
