"""Each registered kind of event is in docs/events.md, and each kind there is registered."""

import re

from tests.guards.layout import ROOT
from wabolt.contacts.registry import event_kinds

_ROW = re.compile(r"^\| ((?:`[a-z_]+`(?:, )?)+) \|", re.MULTILINE)


def test_every_kind_of_event_is_documented() -> None:
    rows = _ROW.findall((ROOT / "docs" / "events.md").read_text("utf-8"))
    listed = [kind for row in rows for kind in re.findall(r"`([a-z_]+)`", row)]
    assert len(listed) == len(set(listed))
    assert set(listed) == {kind.key for kind in event_kinds()}
