"""Every route bounds the body of a request; without a session only a small form is accepted."""

import ast

from tests.guards.layout import SOURCE, Route, our_routes, routes
from wabolt.lib.web import DEFAULT_BODY

MEMBERS_MOST = 1024 * 1024 * 1024
PUBLIC_MOST = 4 * 1024 * 1024  # Meta's webhook sends up to 3 MB
READ_FILES = "FILES"


def limit(route: Route) -> int:
    return int(getattr(route.view, "body_limit", DEFAULT_BODY))


def test_every_limit_is_a_bound() -> None:
    for route in routes():
        may_be_public = route.is_public or not route.module.startswith("wabolt.")
        most = PUBLIC_MOST if may_be_public else MEMBERS_MOST
        assert DEFAULT_BODY <= limit(route) <= most, route.name


def test_views_that_read_files_say_how_large_those_may_be() -> None:
    """The default limit is too small for files: a module with a view that reads files declares a limit."""
    declared = {route.module for route in our_routes() if limit(route) > DEFAULT_BODY}
    silent = []
    for path in SOURCE.rglob("*.py"):
        module = ".".join(["wabolt", *path.relative_to(SOURCE).with_suffix("").parts])
        if "tests" in path.parts or module.startswith("wabolt.site."):
            continue
        text = path.read_text("utf-8")
        reads = READ_FILES in text and any(
            isinstance(node, ast.Attribute) and node.attr == READ_FILES for node in ast.walk(ast.parse(text))
        )
        if reads and module not in declared:
            silent.append(module)
    assert not silent, "put @accepts_body(bytes) from wabolt.lib.web on the view"
