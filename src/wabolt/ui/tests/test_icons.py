"""The sprite's list contains every icon that a template or a module names."""

import re
import tomllib
from pathlib import Path

import wabolt
from wabolt.ui import states

ROOMS = Path(wabolt.__file__).parent
PLAN = ROOMS.parents[1] / "vendor.toml"
IN_TEMPLATES = re.compile(r'{%\s*icon\s+"([\w-]+)"|\sicon="([\w-]+)"')
IN_MODULES = re.compile(r'\bicon: str = "([\w-]+)"|\bicon="([\w-]+)"')
IN_NAVIGATION = re.compile(
    r'NavItem\(\s*(?:key=)?"[^"]*",\s*(?:label=)?_\("[^"]*"\),\s*(?:url_name=)?"[^"]*",\s*"([\w-]+)"'
)


def test_every_named_icon_is_in_the_sprite() -> None:
    have = {name.rsplit("/", 1)[-1] for name in tomllib.loads(PLAN.read_text("utf-8"))["icons"]["names"]}
    missing = set()
    for path in [*ROOMS.glob("*/templates/**/*.html"), *ROOMS.glob("*/**/*.py")]:
        if "tests" in path.parts:
            continue
        text = path.read_text("utf-8")
        patterns = [IN_TEMPLATES] if path.suffix == ".html" else [IN_MODULES, IN_NAVIGATION]
        named = {name for p in patterns for hit in p.finditer(text) for name in hit.groups() if name}
        missing |= {(str(path.relative_to(ROOMS)), name) for name in named - have}
    assert missing == set()


def test_unknown_state_still_shows_its_name() -> None:
    assert states.describe("half_done") == ("Half done", "neutral")
