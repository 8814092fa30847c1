"""A shop under its own name in one network, and a phone in another one (see `networks.py`)."""

import base64
import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import BrowserContext

from tests.browser.chromium import CHROMIUM, CHROMIUM_ARGS, PATIENCE, playwright_started
from tests.browser.networks import SHOP_NAME, Networks, certificate_authority, two_networks, why_impossible, wrapper
from tests.forking import quick_python
from tests.shared import copied_cluster, copy

URL = f"https://{SHOP_NAME}"
_POLICIES = Path("chromium", "policies", "managed")  # below /etc


def why_no_phone() -> str:
    """Returns why this machine cannot run a phone in another network; "" if it can."""
    if not CHROMIUM:
        return "Chromium is not installed"
    return why_impossible() or ("" if Path("/etc/chromium").is_dir() else "Chromium reads no policies here")


@dataclass(frozen=True)
class PublicShop:
    """The running shop. `link`: the https link that `wabolt up` printed. `authority`: the ACME server."""

    networks: Networks
    home: Path
    link: str
    authority: str
    environment: dict[str, str]

    def wait_for_certificate(self) -> None:
        """Returns when Caddy has its certificate."""
        log = self.home / "log" / "https.log"
        found = f"until grep -q 'certificate obtained successfully' {log}; do sleep 0.1; done"
        subprocess.run(["timeout", "180", "sh", "-c", found], check=True)

    def inside(self, code: str) -> str:
        """Runs Python code of the installation in the shop's namespace. Returns its output."""
        command = [quick_python(), "-m", "wabolt", "manage", "shell", "-v", "0", "-c", code]
        done = subprocess.run(
            self.networks.command(self.networks.shop, *command), env={**self.environment, "WABOLT_PUBLIC_URL": URL},
            stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        return done.stdout


@contextmanager
def networks_with_authority() -> Iterator[tuple[Networks, Path, str]]:
    """The two networks, a folder, and the address of the ACME server; its root certificate is `ca/root.crt`."""
    with TemporaryDirectory(prefix="wabolt-networks-") as name, two_networks() as networks:
        folder = Path(name)
        folder.chmod(0o711)  # the PostgreSQL user needs to traverse the folder
        (folder / "ca").mkdir()
        with certificate_authority(networks, folder / "ca") as authority:
            yield networks, folder, authority


@contextmanager
def running_public_shop(
    networks: Networks, folder: Path, authority: str, extra: Mapping[str, str], made: Path
) -> Iterator[PublicShop]:
    """Runs `wabolt up --domain` in the shop's namespace, on ports 80 and 443, with `extra` in its environment. Its home
    is a copy of the one in `made`, the folder of the fixture `made_home`. Its processes are forked (`quick_python`)."""
    copy(made / "home", folder / "home")
    copied_cluster(made, folder / "home" / "postgres")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WABOLT_", "DATABASE_"))}
    environment = {**kept, "SSL_CERT_FILE": str(folder / "ca" / "root.crt"), "WABOLT_LANGUAGE": "id"}
    environment |= {"WABOLT_UPDATE_URL": "off", **extra}
    environment["WABOLT_HOME"] = str(folder / "home")
    command = [quick_python(), "-m", "wabolt", "up", "--domain", SHOP_NAME, "--acme-ca", authority]
    process = subprocess.Popen(
        networks.command(networks.shop, *command), env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if line.strip().startswith("https://"):
                break
        else:
            raise AssertionError("".join(lines))
        yield PublicShop(networks, folder / "home", line.strip(), authority, environment)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=180)


@contextmanager
def phone_outside(networks: Networks, folder: Path, *arguments: str) -> Iterator[BrowserContext]:
    """A phone-sized Chromium in the namespace of the internet, with a profile of its own: apps can be installed.

    The device trusts the test's authority and allows the shop's notifications, as after its owner has installed the
    root certificate and said yes. `arguments`: further ones of Chromium.
    """
    root = x509.load_pem_x509_certificate((folder / "ca" / "root.crt").read_bytes())
    policies = Path("/etc/netns") / networks.outside / _POLICIES  # `ip netns exec` shows it as /etc/chromium
    policies.mkdir(parents=True, exist_ok=True)
    trusted = base64.b64encode(root.public_bytes(Encoding.DER)).decode()
    device = {"CACertificates": [trusted], "NotificationsAllowedForUrls": [URL]}
    (policies / "wabolt.json").write_text(json.dumps(device))
    (folder / "phone").mkdir()
    with playwright_started() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder / "phone" / "profile",
            executable_path=wrapper(networks, networks.outside, CHROMIUM, folder),
            args=[*CHROMIUM_ARGS, *arguments],
            env={**os.environ, "HOME": str(folder / "phone")},
            base_url=URL,
            viewport={"width": 360, "height": 740},
            locale="id-ID",
            is_mobile=True,
            has_touch=True,
            timeout=PATIENCE,
        )
        context.set_default_timeout(PATIENCE)
        yield context
        context.close()
