"""Data of customers leaves this installation only through modules that are known here.

A module that posts to an address which the shop chose calls `contacts.services.note_disclosure`, so that an erasure
tells the address (`privacy/services/notices.py`). The others say why they need not.
"""

import re

from tests.guards.layout import SOURCE

_CALLS = re.compile(
    r"^\s*(?:import|from) (?:httpx|smtplib|urllib\.request|requests|aiohttp|pywebpush)\b|\bcreate_connection\(",
    re.MULTILINE,
)
WITHOUT_NOTICE = {
    "backups/places/s3.py": "backups, encrypted for the owner's key; they expire, and a restore erases again",
    "backups/places/s3_uploads.py": "as above",
    "channels/providers/linked/profile.py": "reads pictures from WhatsApp",
    "channels/providers/cloud/provider.py": "WhatsApp itself",
    "channels/providers/cloud/graph.py": "WhatsApp itself",
    "public_address/services/checking.py": "this installation, with a nonce",
    "operations/services/updates.py": "asks for a newer version, with its own version only",
    "alerts/services/mail.py": "members of the shop, without names and numbers of customers",
    "alerts/services/push.py": "members of the shop, without names and numbers of customers",
    "lib/outgoing.py": "calls no machine: the authorities that others trust",
    "lib/webhooks.py": "the function that others call",
    "privacy/services/notices.py": "the notice itself",
}
"""{module that calls other machines: why it notes no disclosure}."""


def test_every_module_that_sends_data_outside_notes_it() -> None:
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name, text = path.relative_to(SOURCE).as_posix(), path.read_text(encoding="utf-8")
        if "/tests/" not in name and (_CALLS.search(text) or "post_signed(" in text):
            found[name] = "note_disclosure(" in text
    assert {name for name, notes in found.items() if not notes} <= set(WITHOUT_NOTICE)
    assert found["journeys/services/webhooks.py"]
    assert set(WITHOUT_NOTICE) <= set(found), "a line that is no longer needed"
