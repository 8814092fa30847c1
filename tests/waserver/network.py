"""The fixture of tests: the server process and a patched client."""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

from tests.waserver.client import ServerProcess


def missing() -> str:
    """Returns the reason why the real client cannot run on this machine, or ""."""
    if sys.platform != "linux":
        return "the tests of linked numbers need Linux"
    for package in ("neonize", "cryptography"):
        if importlib.util.find_spec(package) is None:
            return f"the tests of linked numbers need {package}"
    return ""


class Network:
    """A small WhatsApp of our own. `environment` is what a client's process needs from its start."""

    def __init__(self, server: ServerProcess, site: Path) -> None:
        self.server = server
        self.site = site
        self.port: int = server.port
        self.proxy = f"http://127.0.0.1:{server.port}"

    def environment(self) -> dict[str, str]:
        """The process's own environment with the test server as all of WhatsApp there is."""
        path = os.pathsep.join([str(self.site), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        return {**os.environ, **self.server.env, "PYTHONPATH": path}

    def ctl(self, command: str, **arguments: Any) -> Any:
        """One control command of the server."""
        return self.server.ctl(command, **arguments)
