"""The example files for an existing web server (docs/examples) work as they are, apart from names, ports and paths.

nginx also passes requests on through a TCP forwarder, as over a reverse SSH tunnel.
"""

import contextlib
import http.client
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.conf import settings
from tests.shared import free_port

from wabolt.site.caddy.program import find_caddy
from wabolt.site.tests.live import THREADS, Live, answer_of, assert_not_held_up, connect_tls, running_web
from wabolt.site.tests.shops import Shop, sign_in

pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.slow]

EXAMPLES = Path(__file__).parents[4] / "docs" / "examples"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
DEBIAN_CADDY = Path("/usr/bin/caddy")
NAME = "wa.toko.id"
CSRF = "abcdefghijklmnopqrstuvwxyz012345"


@dataclass(frozen=True)
class Front:
    """A web server in front of WABolt."""

    http_port: int
    https_port: int
    session: str

    def connect(self) -> ssl.SSLSocket:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return connect_tls(context, self.https_port, NAME)

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1")
        connection.sock = self.connect()
        given = {"Host": f"{NAME}:{self.https_port}", "Cookie": f"sessionid={self.session}"}
        try:
            connection.request(method, path, body, {**given, **headers})
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    def seconds_for(self, path: str) -> float:
        """Returns the seconds that a signed-in page takes."""
        began = time.monotonic()
        assert self.ask("GET", path)[0].status == 200
        return time.monotonic() - began


class Forwarder(socketserver.ThreadingTCPServer):
    """Copies bytes between a port and another one, as `ssh -R` does."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, target: int) -> None:
        self.target = target
        super().__init__(("127.0.0.1", 0), _Copy)


class _Copy(socketserver.BaseRequestHandler):
    server: Forwarder

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.target)) as other:
            back = threading.Thread(target=_copy, args=(other, self.request))
            back.start()
            _copy(self.request, other)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


def certificate(folder: Path) -> None:
    """Writes a self-signed certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "privkey.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def nginx_command(folder: Path, http_port: int, https_port: int, web_port: int) -> list[str]:
    certificate(folder)
    example = (EXAMPLES / "nginx.conf").read_text("utf-8")
    for text, replacement in (
        ("/etc/letsencrypt/live/wa.toko.id", str(folder)),
        ("listen 80;", f"listen 127.0.0.1:{http_port};"),
        ("listen 443 ", f"listen 127.0.0.1:{https_port} "),
        ("127.0.0.1:8000", f"127.0.0.1:{web_port}"),
    ):
        assert text in example
        example = example.replace(text, replacement)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1; user root;\n"
        f"events {{ worker_connections 512; }}\nhttp {{ access_log off; {paths}\n{example}\n}}\n"
    )
    return [str(NGINX), "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]


def caddy_command(folder: Path, http_port: int, https_port: int, web_port: int) -> list[str]:
    """The wheel's Caddy, with the option that the file has for newer versions."""
    example = caddyfile(folder, http_port, https_port, web_port)
    assert example.count("# enable_full_duplex") == 1
    return run_caddy(find_caddy(), folder, example.replace("# enable_full_duplex", "enable_full_duplex"))


def debian_caddy_command(folder: Path, http_port: int, https_port: int, web_port: int) -> list[str]:
    return run_caddy(DEBIAN_CADDY, folder, caddyfile(folder, http_port, https_port, web_port))


def run_caddy(program: Path, folder: Path, text: str) -> list[str]:
    (folder / "Caddyfile").write_text(text)
    return [str(program), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def caddyfile(folder: Path, http_port: int, https_port: int, web_port: int) -> str:
    example = (EXAMPLES / "Caddyfile").read_text("utf-8")
    assert example.count("\n{\n") == 1
    options = f"admin off\nhttp_port {http_port}\nhttps_port {https_port}\nlocal_certs\nskip_install_trust\n"
    example = example.replace("\n{\n", "\n{\n" + options + f"storage file_system {folder}\n")
    return example.replace("127.0.0.1:8000", f"127.0.0.1:{web_port}")


COMMANDS = {"nginx": nginx_command, "caddy": caddy_command, "Debian's caddy": debian_caddy_command}


@contextlib.contextmanager
def running_front(
    command_of: Callable[[Path, int, int, int], list[str]], folder: Path, live: Live, session: str
) -> Iterator[Front]:
    front = Front(free_port(), free_port(), session)
    command = command_of(folder, front.http_port, front.https_port, live.port)
    with (folder / "out.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={"HOME": str(folder), "PATH": "/usr/bin"})
    try:
        for _attempt in range(600):
            with contextlib.suppress(OSError):
                front.connect().close()
                break
            assert process.poll() is None, (folder / "out.log").read_text()
            time.sleep(0.1)
        yield front
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture(scope="module")
def live(installation: Shop) -> Iterator[Live]:
    with running_web(installation, sign_in(installation), WABOLT_PUBLIC_URL=f"https://{NAME}") as server:
        yield server


@pytest.fixture(params=[*COMMANDS, "nginx through a tunnel"])
def front(request: pytest.FixtureRequest, live: Live, open_folder: Path) -> Iterator[Front]:
    if request.param.startswith("nginx") and not NGINX:
        pytest.skip("nginx is not installed: its example was not run")
    if request.param == "Debian's caddy" and not DEBIAN_CADDY.exists():
        pytest.skip("Debian's package caddy is not installed: the example was run with the wheel's Caddy only")
    with contextlib.ExitStack() as stack:
        if request.param.endswith("tunnel"):
            tunnel = stack.enter_context(Forwarder(live.port))
            thread = threading.Thread(target=tunnel.serve_forever)
            thread.start()
            stack.callback(thread.join)
            stack.callback(tunnel.shutdown)
            live = Live(tunnel.server_address[1], live.session)
        command_of = COMMANDS[request.param.removesuffix(" through a tunnel")]
        yield stack.enter_context(running_front(command_of, open_folder, live, live.session))


def test_an_example_serves_the_shop(front: Front, request: pytest.FixtureRequest) -> None:
    kind_of_front = request.node.callspec.params["front"]
    connection = http.client.HTTPConnection("127.0.0.1", front.http_port, timeout=60)
    connection.request("GET", "/l/abc?x=1", headers={"Host": NAME})
    response = connection.getresponse()
    assert response.status == 308
    assert response.headers["Location"].endswith("/l/abc?x=1")
    assert response.headers["Location"].startswith("https://")
    connection.close()

    response, page = front.ask("GET", "/contacts/", **{"Accept-Encoding": "gzip"})
    assert response.status == 200
    assert response.headers.get_all("Content-Encoding") == ["gzip"]
    assert page[:2] == b"\x1f\x8b"
    assert "Strict-Transport-Security" in response.headers  # WABolt knows that the visitor uses https

    response, _page = front.ask("GET", "/", Host="penipu.example")
    assert response.status in {200, 421}  # Caddy answers unknown names itself
    assert b"Toko" not in _page

    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    response, page = front.ask("POST", "/broadcasts/new/", b"x" * (settings.MEDIA_MAX_BYTES + 2_000_000), **kind)
    assert response.status == 413
    assert b"WABolt" in page

    with contextlib.ExitStack() as stack:
        large = stack.enter_context(front.connect())  # the front lets the largest import through: WABolt answers
        lines = f"Host: {NAME}\r\nContent-Type: multipart/form-data; boundary=x\r\nCookie: csrftoken={CSRF}"
        lines += f"\r\nContent-Length: {settings.IMPORT_MAX_BYTES}"
        large.sendall(f"POST /imports/new/ HTTP/1.1\r\n{lines}\r\n\r\n".encode())
        lines = f"Host: {NAME}\r\nCookie: csrftoken={CSRF}\r\nContent-Length: 1000"
        for _ in range(2 * THREADS):
            half = stack.enter_context(front.connect())
            half.sendall(f"POST /account/login/ HTTP/1.1\r\n{lines}\r\n\r\nx".encode())
        assert_not_held_up([front.seconds_for("/contacts/") for _ in range(5)])
        if "caddy" not in kind_of_front:  # Caddy has no limit; without full duplex it waits for the whole body
            assert answer_of(large).split(" ")[1] == "302"  # to the sign-in page

    body = f"csrfmiddlewaretoken={CSRF}&login=ibu@toko.id&password=salah".encode()
    statuses = []
    for number in range(40):
        forged = {"X-Forwarded-For": f"198.51.100.{number}", "X_Forwarded_For": f"198.51.100.{number}"}
        forged |= {"Cookie": f"csrftoken={CSRF}", "Origin": f"https://{NAME}:{front.https_port}"}
        forged["Content-Type"] = "application/x-www-form-urlencoded"
        statuses.append(front.ask("POST", "/account/login/", body, **forged)[0].status)
        if statuses[-1] == 429:
            break
    assert statuses[-1] == 429, statuses
