"""Each of these questions is answered by exactly one function. A second implementation fails the test."""

import re

import pytest

from tests.guards.layout import SOURCE

ANSWERS = {
    "which address of a contact a message goes to": (
        r"FROM contacts_identity \w+\s+WHERE [^;\"]*?ORDER BY[^;\"]*?LIMIT 1",
        {"contacts/queries/addresses.py"},
    ),
    "how many promotions a number may still send today": (
        r"daily_allowance\(|\blane\.sent_today\b(?! \+=)",
        {
            "messaging/outbox/headroom.py",
            "messaging/outbox/rules/pace.py",
            "messaging/gateway/claim.py",  # writes the count
            "messaging/channel_ports.py",  # passes LaneStatus to the next function
            "channels/queries/cards.py",  # compares the figures of LaneState
            "messaging/number_health.py",  # the plan of the warm-up, day by day
        },
    ),
    "which states of a promotion count for the caps": (
        r"'sending', 'sent', 'delivered', 'read', 'unknown'",
        set(),
    ),
    "what is a reply": (
        r"created_at < \{?\w+\}?\.sent_at \+|\breply_window\b|SET in_reply_to|in_reply_to=",
        {
            "messaging/inbound/replies.py",
            "messaging/inbound/sql/replies.sql",
            "messaging/registry.py",  # declares the window of an origin
            "messaging/store/models.py",  # declares the column
            "broadcasts/registrations.py",  # sets the window of broadcasts
            "journeys/registrations.py",  # and of journeys
        },
    ),
    "whether a person stopped promotions after an agreement": (
        r"(\"withdrawn\"|WITHDRAWN)[^\n]*\bsince\b",
        {"consent/queries/consents.py"},
    ),
    "whether a message answers a question of ours": (
        r"\.quoted_id == |seen_at__lte",
        {"messaging/inbound/answers.py"},
    ),
    "which attempts have no result any more": (
        r"'unknown', reason = 'interrupted'",
        {"messaging/outbox/services/in_flight.py"},
    ),
    "how a message is added": (
        r"INSERT INTO messaging_message\b",
        {"messaging/store/sql/insert_messages.sql"},
    ),
    "how a conversation is created or updated": (
        r"INSERT INTO messaging_conversation\b",
        {"messaging/store/sql/update_conversations.sql"},
    ),
    "the address in a link for another person": (
        r"build_absolute_uri|settings\.PUBLIC_URL|get_current_site|HTTP_X_FORWARDED_HOST|USE_X_FORWARDED_HOST",
        {"lib/public_address.py"},
    ),
    "the address of a public page of a way in": (
        r"\"/m/",
        set(),
    ),
    "which random code is free": (
        r"while True:\n[^\n]*secrets|secrets\.choice",
        {"lib/random_codes.py"},
    ),
    "the response with a public page of a way in": (
        r"\"optin/(public/(?!gone)|giveaways/public)[^\n]*, status=|share_url\(point\)",
        {"optin/pages.py"},
    ),
    "the host name of a request": (
        r"get_host\(|HTTP_HOST",
        {"site/front/hosts.py", "lib/web.py"},  # lib/web.py compares it with the Referer
    ),
    "at which field a form shows the error of a service": (
        r"add_error\((error|problem)\.field\b|\.field if (error|problem)\.field in",
        {"ui/forms.py"},
    ),
    "how an uploaded file is stored and referred to": (
        r"upload\.read\(\)|salt=_REFERENCE",
        {
            "media/services.py",
            "media/queries.py",
            "channels/providers/simulator/views.py",  # passes the file of a simulated customer to the simulation
        },
    ),
    "what a stop word is": (
        r"\"unsubscribe\"|\\bunsub\b|stop\|berhenti",
        {"consent/rules/words.py"},
    ),
}
"""{question: (pattern of an implementation, files that may contain it)}"""


@pytest.mark.parametrize("question", ANSWERS)
def test_a_question_has_one_answer(question: str) -> None:
    pattern, allowed = ANSWERS[question]
    found = set()
    for path in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.sql")]):
        if {"tests", "migrations"} & set(path.parts):
            continue
        text = path.read_text(encoding="utf-8")
        # Joins the pieces of an SQL string before the search.
        if re.search(pattern, text, re.IGNORECASE if question.startswith("what a stop") else 0):
            found.add(path.relative_to(SOURCE).as_posix())
    assert found <= allowed, f"{question}: {sorted(found - allowed)}"
