"""The lists of erased people next to a backup are read to their end."""

from pathlib import Path

import pytest

from wabolt.lib import erasure_lists as lists
from wabolt.site.backup.errors import BackupError
from wabolt.site.backup.sources import BLOCK, erasure_lists


def no_answer(_variable: str, _words: str, *, secret: bool = False) -> str:
    return ""


def test_a_list_is_read_to_its_end_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "LARGEST", 2 * BLOCK)
    backup, named = str(tmp_path / "shop.wabolt"), tmp_path / "usb.list"
    beside = tmp_path / "wabolt-0a1b2c.erasures"
    whole = bytes(range(256)) * (2 * BLOCK // 256)
    beside.write_bytes(whole)
    named.write_bytes(b"usb")
    assert erasure_lists(backup, no_answer, [named]) == [whole, b"usb"]
    named.write_bytes(whole + b"1")
    with pytest.raises(BackupError, match=r"usb\.list"):
        erasure_lists(backup, no_answer, [named])
    beside.write_bytes(whole + b"1")
    with pytest.raises(BackupError, match=r"wabolt-0a1b2c\.erasures"):
        erasure_lists(backup, no_answer)
