"""The calls of views: every view with which a member changes something leaves an audit entry, or is named here with the
reason, and a view that may take minutes leaves the threads of pages to others."""

import ast

from tests.guards.calls import calls
from tests.guards.layout import our_routes

OWN = "a choice of the member's own, which changes nothing for the shop"
DRAFT = "the draft of something; starting or publishing it leaves an entry"
NAMES_THE_MEMBER = "the new row names its member, and the page shows it"
READS = "stores nothing"
WITHOUT_ENTRY = {
    "accounts:choose_workspace": OWN,
    "alerts:preferences": OWN,
    "alerts:test": OWN,
    "messaging:new_code": "a code of the member's own; connecting the phone leaves an entry",
    "journeys:add": DRAFT,
    "journeys:change": DRAFT,
    "journeys:rules": DRAFT,
    "journeys:settings": DRAFT,
    "journeys:step": DRAFT,
    "journeys:text": DRAFT,
    "journeys:trigger": DRAFT,
    "segments:condition": DRAFT,
    "broadcasts:template": DRAFT,
    "imports:columns": DRAFT,
    "commerce:note_cart": NAMES_THE_MEMBER,
    "contacts:note_add": NAMES_THE_MEMBER,
    "messaging:conversation": NAMES_THE_MEMBER,
    "messaging:template_reply": NAMES_THE_MEMBER,
    "optin:check_in": NAMES_THE_MEMBER,
    "optin:scan_ticket": NAMES_THE_MEMBER,
    "optin:giveaway_score": NAMES_THE_MEMBER,
    "backups:test": "a test run, which the page lists",
    "autoreply:bubbles": READS,
    "autoreply:form_preview": READS,
    "broadcasts:attach": READS,
    "broadcasts:bubble": READS,
    "broadcasts:reach": READS,
    "channels:cloud_test": READS,
    "consent:check_wording": READS,
    "inbox:share": READS,
    "messaging:template_sync": "reads the templates of Meta",
    "operations:check_now": "reads the newest version",
    "public_address:check": "reads the own address",
    "optin:giveaway_bubble": READS,
    "optin:preview": READS,
    "contacts:duplicates": "notes that two contacts are different people; changes neither",
    "channels:phone": "a simulated customer",
    "channels:phones": "a simulated customer",
    "optin:simulate": "simulated customers",
}
"""{route of a member: the reason why its POST leaves no entry}."""
PORTS = {"channels:pause", "channels:resume"}
"""Routes that call a service through a port. tests/guards/test_audit_events.py performs them."""


OPENING = ("wabolt.lib.tables.workbooks", "unpack")  # takes up to two minutes of processor time


def _takes_posts(view: ast.FunctionDef | ast.ClassDef) -> bool:
    """Whether the view or one of its decorators names the method."""
    return any(
        (isinstance(node, ast.Name) and node.id == "require_POST")
        or (isinstance(node, ast.Attribute) and node.attr in {"require_POST", "POST"})
        or (isinstance(node, ast.Constant) and node.value == "POST")
        for node in ast.walk(view)
    )


def test_every_action_of_a_member_leaves_an_entry() -> None:
    graph, silent = calls(), set()
    for route in our_routes():
        view = (route.module, route.view.__name__)
        if route.is_public or view not in graph.functions or not _takes_posts(graph.functions[view]):
            continue
        if not any(name.startswith("record_audit") for _module, name in graph.reached(view)):
            silent.add(route.name)
    assert silent == set(WITHOUT_ENTRY) | PORTS


def test_most_views_are_seen() -> None:
    graph = calls()
    unseen = [route.name for route in our_routes() if (route.module, route.view.__name__) not in graph.functions]
    assert len(unseen) < 5, unseen


def test_views_that_open_a_workbook_leave_the_threads_of_pages_to_others() -> None:
    graph, names = calls(), {(route.module, route.view.__name__): route for route in our_routes()}
    opening = {route.name: route.view for view, route in names.items() if OPENING in graph.reached(view)}
    assert "imports:new" in opening
    assert [name for name, view in opening.items() if not getattr(view, "is_long", False)] == []
