"""Each of these questions is answered by exactly one function. A second implementation fails the test."""

import re

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
            "messaging/number_health.py",  # the plan of the warm-up, day by day
        },
    ),
    "which states of a promotion count for the caps": (
        r"['\"]sending['\"], ['\"]sent['\"], ['\"]delivered['\"], ['\"]read['\"], ['\"]unknown['\"]",
        {"messaging/outbox/rules/policy.py"},
    ),
    "which messages were sent": (
        r"\"sent\", \"delivered\", \"read\"[)}\]](?!\s*#)",
        {"messaging/store/rules.py"},
    ),
    "whether a message may be sent, and why not": (
        r"sent_(?:day|week)\}? >= |\bReason\(\s*\"|def \w*may_send",
        {"messaging/outbox/rules/policy.py"},
    ),
    "over which number a person is written to": (
        r"order_by\(\"-?last_message_at\"[^\n]*\n?[^\n]*(?:\"channel\"|\.first\(\))",
        {
            "messaging/store/queries.py",
        },
    ),
    "when a message of a broadcast or journey expires": (
        r"\bexpiry\(|timedelta\((?:hours|minutes)=[^)]*(?:expires_hours|not_later_minutes)",
        {
            "broadcasts/rules.py",
            "broadcasts/services/freezing.py",
            "broadcasts/queries/broadcasts.py",
            "journeys/services/sending.py",
        },
    ),
    "which order a broadcast or journey earned": (
        r"\battribution_days AS\b|\.attribution_window\b|INSERT INTO analytics_attribution",
        {"analytics/queries/sql/attribution.sql", "analytics/queries/attribution.py", "analytics/services.py"},
    ),
    "how a text is encoded for PostgreSQL": (
        r"\\\\?ud800|\.replace\(\"\\x00\"|\"\\\\t\"",
        {
            "lib/text.py",
            "lib/sql.py",
            "lib/spreadsheets.py",  # characters that XML does not allow
        },
    ),
    "how a secret is sealed": (
        r"\bFernet\b|AESGCM|ChaCha20|sealed_\w+ = (?!models\.|[^\n]*\bseal\()",
        {"lib/vault.py"},
    ),
    "what is a reply": (
        r"created_at < \{?\w+\}?\.sent_at \+|\breply_window\b|SET in_reply_to|in_reply_to=",
        {
            "messaging/inbound/replies.py",
            "messaging/inbound/sql/replies.sql",
            "messaging/registry.py",  # declares the window of an origin
            "broadcasts/registrations.py",  # sets the window of broadcasts
            "journeys/registrations.py",  # and of journeys
            "demo/journey_history.py",  # replies of the demo's past
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
    "flags among the values of a message's text (they are columns)": (
        r"\bvariables\s*->|\.variables(?:\.get\(|\[)",
        set(),
    ),
    "which attempts have no result any more": (
        r"'unknown', reason = 'interrupted'",
        {"messaging/outbox/services/in_flight.py"},
    ),
    "how a message is added": (
        r"INSERT INTO messaging_message\b|\bMessage\.objects\.(?:bulk_)?create\(",
        {
            "messaging/store/sql/insert_messages.sql",
            "demo/journey_history.py",  # messages of the demo's past, with the times of their receipts
        },
    ),
    "how a conversation is created or updated": (
        r"INSERT INTO messaging_conversation\b|\bConversation\.objects\.(?:\w*create|update)\(",
        {
            "messaging/store/sql/update_conversations.sql",
            "demo/journey_history.py",  # those of the demo's past, which members have seen
        },
    ),
    "the address in a link for another person": (
        r"build_absolute_uri|settings\.PUBLIC_URL|get_current_site|HTTP_X_FORWARDED_HOST|USE_X_FORWARDED_HOST",
        {"lib/public_address.py"},
    ),
    "the address of a public page of a way in": (
        r"\"/m/",
        set(),
    ),
    "the idempotency key of a step of a journey": (
        r"journey:\{(?!step_id\}:\{n\})|journey:\(|'journey:' \|\|",
        {"journeys/rules/keys.py"},
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
    "the page that a form or a link leads back to": (
        r"(?:GET|POST)(?:\.get\(|\[)\"(?:next|back|return_to)\"",
        {"lib/web.py"},
    ),
    "at which field a form shows the error of a service": (
        r"add_error\((error|problem)\.field\b|\.field if (error|problem)\.field in",
        set(),
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
"""{question: (pattern of an implementation, the files that contain it)}"""


def test_a_question_has_one_answer() -> None:
    texts = {
        path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8")
        for path in [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.sql")]
        if not {"tests", "migrations"} & set(path.parts)
    }
    wrong = {}
    for question, (pattern, allowed) in ANSWERS.items():
        answer = re.compile(pattern, re.IGNORECASE if question.startswith("what a stop") else 0)
        found = {name for name, text in texts.items() if answer.search(text)}
        if found != allowed:
            wrong[question] = sorted(found ^ allowed)
    assert not wrong
