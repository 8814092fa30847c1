"""The file with the list of erased people."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.cases import each

from wabolt.lib.erasure_lists import opened, sealed

CONTENT = {"shops": [{"id": 1, "log": [["phone", "ab12", "2026-11-29T00:00:00+00:00"]]}]}


def test_file_opens_with_its_key_only_and_reveals_nothing() -> None:
    file = sealed("key", CONTENT)
    found = opened("key", file)
    assert found is not None
    assert found.content == CONTENT
    assert abs(found.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert opened("other", file) is None
    assert b"ab12" not in file


DAMAGES: list[Callable[[bytes], bytes]] = [bytes.swapcase, lambda file: file[:-1], lambda _: b"", lambda _: b"\xff"]


@each("damage", DAMAGES)
def test_changed_file_is_no_list(damage: Callable[[bytes], bytes]) -> None:
    assert opened("key", damage(sealed("key", CONTENT))) is None
