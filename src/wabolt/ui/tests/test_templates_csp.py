"""Templates have no inline script, style or handler, which the Content-Security-Policy refuses. Their scripts run once,
and their classes have a style."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

import wabolt

ROOMS = Path(wabolt.__file__).parent
TEMPLATES = sorted(ROOMS.glob("**/templates/**/*.html"))
STYLES = sorted(p for p in ROOMS.glob("**/static/**/*.css") if "vendor" not in p.parts)
SCRIPTS = sorted(p for p in ROOMS.glob("*/static/**/*.js") if "vendor" not in p.parts)

FORBIDDEN = {
    "an inline style": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a <style> element": re.compile(r"<style\b", re.IGNORECASE),
    "a script without src": re.compile(r"<script\b(?![^>]*\ssrc=)(?![^>]*application/json)", re.IGNORECASE),
    "an inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "a javascript: address": re.compile(r"[\"']\s*javascript:", re.IGNORECASE),
    "an htmx handler or expression": re.compile(r"\shx-on|hx-vals=.?js:|hx-trigger=\"[^\"]*\["),
    "something from another host": re.compile(r"<(?:script|link|img|iframe)\b[^>]*\s(?:src|href)=[\"'](?:https?:)?//"),
}


def offences(text: str) -> list[str]:
    """Returns the names of all forbidden constructs in a template's text."""
    bare = re.sub(r"{#.*?#}|{% comment.*?endcomment %}", "", text, flags=re.DOTALL)
    return [name for name, pattern in FORBIDDEN.items() if pattern.search(bare)]


def names(paths: Iterable[Path]) -> list[str]:
    return [str(path.relative_to(ROOMS)) for path in paths]


def test_templates_have_nothing_inline() -> None:
    found = {path: offences(path.read_text("utf-8")) for path in TEMPLATES}
    assert not {path: offence for path, offence in found.items() if offence}


def test_scripts_evaluate_no_text() -> None:
    evaluating = re.compile(r"\beval\(|new Function\(|\.innerHTML\s*=|document\.write|setAttribute\(\"style\"")
    assert not names(path for path in SCRIPTS if evaluating.search(path.read_text("utf-8")))


def test_templates_load_each_script_once() -> None:
    scripts = {path: re.findall(r'<script src="([^>]*?)"[ >]', path.read_text("utf-8")) for path in TEMPLATES}
    assert not names(path for path, loaded in scripts.items() if len(loaded) > len(set(loaded)))


def test_each_class_of_the_catalogue_has_a_style() -> None:
    styled = set(re.findall(r"\.(wb-[\w-]+)", "".join(path.read_text("utf-8") for path in STYLES)))
    missing = {}
    for path in TEMPLATES:
        text = re.sub(r"{%(?:(?!css=).)*?%}|{{.*?}}", " ", path.read_text("utf-8"))
        named = re.findall(r"\b(?:class|css)=\"([^\"]*)\"", text)
        words = {word for value in named for word in value.split() if re.fullmatch(r"wb-[\w-]*\w", word)}
        if words - styled:
            missing[path.name] = words - styled
    assert not missing


@pytest.mark.parametrize(
    "text",
    [
        '<div style="width: 3%">',
        '<progress\n value="1" style="x">',
        "<script>x()</script>",
        "<style>a{}</style>",
        '<button onclick="x()">',
        "<a href='javascript:x()'>",
        '<div hx-on:click="x()">',
        '<script src="https://cdn.example/x.js"></script>',
    ],
)
def test_guard_sees_what_it_is_for(text: str) -> None:
    assert offences(text)


def test_guard_lets_good_markup_pass() -> None:
    good = '<script src="{% static "ui/x.js" %}" defer></script><p data-style="x" class="on">style = only</p>'
    assert offences(good) == []
