"""The build: the sprite, the compiled translations, and the locks that name no registry."""

import gettext
import importlib.util
import json
import os
import re
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[4]
PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Save"\nmsgstr "{word}"\n'
ICON = '<svg xmlns="http://www.w3.org/2000/svg" width="24" class="icon" viewBox="0 0 24 24" fill="none">{shapes}</svg>'


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_sprite_has_one_symbol_per_icon_without_its_frame(build: ModuleType, tmp_path: Path) -> None:
    for folder, name in (("outline", "check"), ("filled", "star")):
        (tmp_path / folder).mkdir()
        shapes = '<path stroke="none" d="M0 0h24v24H0z" fill="none"/><path d="M5 12l5 5"/>'
        (tmp_path / folder / f"{name}.svg").write_text(ICON.format(shapes=shapes))
    sheet = ET.fromstring(build.sprite(tmp_path, ["check", "filled/star", "check"]))
    assert [symbol.get("id") for symbol in sheet] == ["check", "filled-star"]
    assert [len(symbol) for symbol in sheet] == [1, 1]
    assert sheet[0].get("viewBox") == "0 0 24 24"
    assert sheet[0].get("width") is None


def test_unknown_icon_is_named(build: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(build.BuildError, match="no-such-icon"):
        build.sprite(tmp_path, ["no-such-icon"])


def test_translation_is_compiled_once_and_again_when_it_changes(build: ModuleType, tmp_path: Path) -> None:
    source = tmp_path / "room" / "locale" / "id" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(PO.format(word="Simpan"))
    assert build.compile_translations(tmp_path) == 1
    assert build.compile_translations(tmp_path) == 0
    with source.with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Save") == "Simpan"
    source.write_text(PO.format(word="Simpan dulu"))
    os.utime(source, (source.stat().st_atime + 10, source.stat().st_mtime + 10))
    assert build.compile_translations(tmp_path) == 1


def test_broken_translation_file_is_named(build: ModuleType, tmp_path: Path) -> None:
    source = tmp_path / "room" / "locale" / "id" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text('msgid "Save"\nmsgstr "Simpan\nbroken')
    with pytest.raises(build.BuildError, match=re.escape(str(source))):
        build.compile_translations(tmp_path)


def test_build_of_this_tree_is_complete_and_a_second_one_does_nothing(build: ModuleType) -> None:
    vendor = ROOT / "src/wabolt/ui/static/vendor"
    assert build.build_front_end(ROOT, vendor) is False
    plan = tomllib.loads((ROOT / "vendor.toml").read_text())
    for name in [*plan["files"].values(), "icons.svg"]:
        assert (vendor / name).stat().st_size > 100
        assert (vendor / f"{name}.gz").exists()


def test_every_icon_that_a_page_uses_is_in_the_sprite() -> None:
    sprite = ET.parse(ROOT / "src/wabolt/ui/static/vendor/icons.svg").getroot()
    drawn = {symbol.get("id") for symbol in sprite}
    pattern = re.compile(r"""(?:\{% icon |\bicon=)["']([a-z0-9-]+)["']""")
    used = {
        name
        for path in (ROOT / "src/wabolt").rglob("*")
        if path.suffix in {".html", ".py"} and "tests" not in path.parts
        for name in pattern.findall(path.read_text("utf-8"))
    }
    assert len(used) > 10
    assert used - drawn == set()


def test_locks_hold_checksums_and_name_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert all(package["integrity"].startswith("sha512-") for name, package in packages.items() if name)
    for name in ("package-lock.json", "requirements.lock", "requirements-dev.lock", "requirements-node.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "registry" not in text
    pins = re.findall(r"^[a-z0-9].*==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert len(pins) > 20
