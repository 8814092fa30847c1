"""The image is built, run, stopped and run again, where Docker or Podman and the base image are on this machine.

Nothing is pulled: a test that depends on a registry is not repeatable. WABOLT_BUILD_OPTIONS holds further options of
the build, such as a certificate of the network.
"""

import http.cookiejar
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.guards.layout import ROOT
from tests.packaging.test_container import of, services

BASE = "python:3.13-slim-trixie"
IMAGE = "wabolt-test"
READY_WITHIN, STOP_WITHIN = 120, 60  # seconds
OWNER = {
    "shop": "Toko Ibu", "name": "Ibu", "email": "ibu@toko.example", "password": "rahasia-panjang-9",
    "timezone": "Asia/Jakarta",
}  # fmt: skip


def find_engine() -> tuple[str, str]:
    """(program, "") or ("", why the image cannot be built here)."""
    found = [name for name in ("podman", "docker") if shutil.which(name)]
    for name in found:
        if subprocess.run([name, "image", "inspect", BASE], capture_output=True, check=False).returncode == 0:
            return name, ""
    return "", f"{' and '.join(found)} without {BASE}" if found else "no Docker and no Podman"


ENGINE, REASON = find_engine()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not ENGINE, reason=f"the image was not built: {REASON}"),
]


def engine(*arguments: str, fails: bool = False) -> str:
    """Runs a command of the engine and returns what it printed."""
    done = subprocess.run([ENGINE, *arguments], capture_output=True, text=True, check=False)
    assert fails or done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@dataclass(frozen=True)
class Container:
    """A running container of the image with the options of compose.yaml. `port`: of its pages on this machine."""

    name: str
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it and waits until the health check of the image passes."""
        service = services("compose.yaml")["wabolt"]
        given = ["--cap-drop", *service["cap_drop"], "--shm-size", service["shm_size"]]
        given += [part for option in service["security_opt"] for part in ("--security-opt", option)]
        given += ["--init"] if service["init"] else []
        given += ["--env", f"WABOLT_PUBLIC_URL={self.address}", "--publish", f"127.0.0.1:{self.port}:8000"]
        given += ["--volume", f"{self.name}:/data", *shlex.split(os.environ.get("WABOLT_RUN_OPTIONS", ""))]
        engine("run", "--detach", "--name", self.name, *given, IMAGE)
        check = of("HEALTHCHECK")[0].partition("CMD ")[2]
        command = [self.name, *map(str, json.loads(check))]
        until = time.monotonic() + READY_WITHIN
        while subprocess.run([ENGINE, "exec", *command], capture_output=True, check=False).returncode:
            assert time.monotonic() < until, engine("logs", self.name)
            time.sleep(1)

    def stop(self) -> str:
        """Stops it with SIGTERM and removes it; the volume stays. Returns its log."""
        began = time.monotonic()
        engine("stop", "--time", str(2 * STOP_WITHIN), self.name)
        assert time.monotonic() - began < STOP_WITHIN
        assert engine("inspect", "--format", "{{.State.ExitCode}}", self.name).strip() == "0"
        log = engine("logs", self.name)
        engine("rm", self.name)
        return log


@pytest.fixture
def container() -> Iterator[Container]:
    options = shlex.split(os.environ.get("WABOLT_BUILD_OPTIONS", ""))
    engine("build", *options, "--tag", IMAGE, str(ROOT))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        made = Container(f"wabolt-test-{os.getpid()}", probe.getsockname()[1])
    yield made
    engine("rm", "--force", made.name, fails=True)
    engine("volume", "rm", made.name, fails=True)
    engine("image", "rm", IMAGE, fails=True)


def submit(page: str, form: dict[str, str]) -> str:
    """Opens a page as a browser, submits its form, and returns the address of the page after it."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    text = browser.open(page).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
    assert token, text
    data = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **form}).encode()
    return str(browser.open(page, data).url)


def test_the_image_is_a_shop_whose_data_outlives_the_container(container: Container) -> None:
    container.start()
    assert engine("exec", container.name, "id", "-u").strip() == "10001"
    assert engine("exec", container.name, "sh", "-c", "grep -h ^CapEff /proc/self/status").split() == [
        "CapEff:",
        "0" * 16,
    ]
    link = re.search(rf"{container.address}/setup/\S+", engine("logs", container.name))
    assert link
    assert submit(link[0], OWNER) == f"{container.address}/"
    assert "tersimpan" in container.stop()

    container.start()
    log = engine("logs", container.name)
    assert "/setup/" not in log
    assert "berhenti mendadak" not in log, "PostgreSQL was stopped in order"
    form = {"login": OWNER["email"], "password": OWNER["password"], "next": "/contacts/"}
    assert submit(f"{container.address}/account/login/", form) == f"{container.address}/contacts/"
    container.stop()
