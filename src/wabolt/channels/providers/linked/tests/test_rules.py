"""Pure rules of linked numbers: refused logins, stanzas, session records."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wabolt.channels.providers.linked import stanzas
from wabolt.channels.providers.linked.parse import identities, parse
from wabolt.channels.providers.linked.ratchet import rewound
from wabolt.channels.providers.linked.refusals import LONGEST_WAIT, code_of, meaning_of, wait_before
from wabolt.channels.registry.events import ConnectionChanged

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
OWN = frozenset({"6281100000001", "99"})
FINAL = {401, 403, 405, 406}


@given(st.integers(0, 99_999))
def test_only_the_known_final_refusals_end_a_number(code: int) -> None:
    meaning = meaning_of(code)
    assert meaning.is_final == (code in FINAL)
    assert meaning.is_final or meaning == ("offline", "refused", False)
    assert meaning.why or code == 401, "each has its words; a logout has those of its own event"


@given(st.integers(1, 10_000))
def test_the_wait_grows_to_its_limit(attempt: int) -> None:
    assert timedelta(0) < wait_before(attempt) <= wait_before(attempt + 1) <= LONGEST_WAIT


@given(st.text(max_size=20))
def test_a_refusal_of_any_form_has_a_code(reason: str) -> None:
    assert meaning_of(code_of({"reason": reason})).state in {"offline", "banned", "logged_out"}


@pytest.mark.parametrize(
    ("line", "state", "detail"),
    [
        ('<failure location="a" reason="403"/>', "banned", {"why": "locked", "code": 403}),
        ('<failure location="a" reason="405"/>', "offline", {"why": "outdated", "code": 405}),
        ('<failure location="a" reason="409"/>', "offline", {"why": "refused", "code": 409}),
        ('<failure location="a"/>', "offline", {"why": "refused", "code": 0}),
    ],
)
def test_refused_login_becomes_an_event(line: str, state: str, detail: dict[str, object]) -> None:
    stanza = stanzas.read(line)
    assert stanza is not None
    event = stanzas.failure_of(stanza, NOON)
    assert parse(event.kind, event.payload, NOON) == [ConnectionChanged(state, NOON, detail)]


def receipt(line: str) -> dict[str, object]:
    stanza = stanzas.read(line)
    assert stanza is not None
    event = stanzas.receipt_of(stanza, OWN, NOON)
    assert event is not None
    return event.payload


def test_receipts_are_read_from_the_log() -> None:
    read = receipt('<receipt from="7:2@lid" id="A" t="1760000000" type="read"><list><item id="B"/></list></receipt>')
    assert (read["told"], read["ids"], read["chat"], read["device"]) == ("read", ["A", "B"], "7@lid", 2)
    own = receipt('<receipt from="99@lid" id="A" recipient="7@lid" t="1" type="sender"/>')
    assert (own["told"], own["from_me"], own["chat"]) == ("sender", True, "7@lid")
    assert receipt('<receipt from="7@lid" id="A" t="1"/>')["told"] == "delivered"
    group = stanzas.read('<receipt from="1@g.us" id="A" participant="7@lid" t="1" type="read"/>')
    assert group is not None
    assert stanzas.receipt_of(group, OWN, NOON) is None


@given(st.text())
def test_a_senders_own_words_never_change_who_sent_it(name: str) -> None:
    """The log contains no escapes, so a name or an id can look like attributes."""
    stanza = stanzas.read(f'<message from="7@lid" id="A" notify="{name}" t="1" type="text"><enc type="msg"/></message>')
    assert stanza is not None
    envelope = stanzas.envelope_of(stanza)
    assert (envelope.sender, envelope.chat, envelope.message_id, envelope.is_encrypted) == ("7@lid", "7@lid", "A", True)
    event = stanzas.unread_message(envelope, OWN, NOON)
    assert identities(event.payload) == (("lid", "7"),)


def test_a_name_that_looks_like_attributes_is_a_name() -> None:
    test = test_a_senders_own_words_never_change_who_sent_it.hypothesis.inner_test
    for name in ('x" participant="8@lid', '" from="8@lid" id="B', 'Andi "Bos"', 'x"/><enc type="none'):
        test(name)


def record(sending: int, key: str = "a", receiving: int = 0) -> bytes:
    chain = {"SenderRatchetKeyPublic": key, "ChainKey": {"Index": sending}}
    state = {"SenderChain": chain, "ReceiverChains": [{"ChainKey": {"Index": receiving}}]}
    return json.dumps({"SessionState": state, "PreviousStates": []}).encode()


def test_only_receiving_chains_are_restored() -> None:
    assert json.loads(rewound(record(3, receiving=7), record(5, receiving=8))) == json.loads(record(5, receiving=7))
    assert rewound(record(3), record(0, key="b", receiving=1)) == record(3), "a new chain: the old one is over"
    assert rewound(record(3), None) == record(3)
    with pytest.raises(ValueError, match="session"):
        rewound(b"[]", b"{}")
