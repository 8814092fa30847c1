"""Who holds a linked number's session keys is that number: they leave the house sealed, or not at all."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wabolt.channels.providers.linked.event_store import STORE
from wabolt.site.backup import archive, make_backup, restore_backup, server, sessions
from wabolt.site.tests.shops import Shop

JID, KEY = "628111:7@s.whatsapp.net", "a key that nobody may ever read in a backup"
LINK = f"""
    CREATE SCHEMA IF NOT EXISTS whatsmeow;
    CREATE TABLE IF NOT EXISTS whatsmeow.whatsmeow_device (jid text PRIMARY KEY, key text);
    INSERT INTO whatsmeow.whatsmeow_device VALUES ('{JID}', '{KEY}');
    INSERT INTO channels_linkednumber (channel_id, jid, lid, stage, secret, detail, profile_name, about, picture,
                                       phone_ticks, history_end)
    SELECT id, '{JID}', '1', 'linked', '', '', '', '', '', '[]', '' FROM channels_channel;
    UPDATE channels_channel SET provider = 'linked', state = 'connected';
"""
UNLINK = "DROP SCHEMA IF EXISTS whatsmeow CASCADE; DELETE FROM channels_linkednumber"
STANDING = "SELECT state, jid FROM channels_channel JOIN channels_linkednumber ON channel_id = id"


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WABOLT_SECRETS_KEY", "the key of this installation")
    return tmp_path


@pytest.fixture
def linked(shop: Shop, key_file: Path) -> Iterator[Path]:
    """A backup that was made while a number was linked."""
    shop.ask(UNLINK + ";" + LINK)
    make_backup(key_file / "linked.wabolt")
    yield key_file / "linked.wabolt"
    shop.ask(UNLINK)


def keys(shop: Shop) -> list[tuple[object, ...]]:
    there = shop.ask("SELECT to_regclass('whatsmeow.whatsmeow_device') IS NOT NULL") == [(True,)]
    return shop.ask("SELECT key FROM whatsmeow.whatsmeow_device") if there else []


@pytest.mark.slow
def test_backup_holds_the_keys_sealed_only(shop: Shop, linked: Path, tmp_path: Path) -> None:
    with archive.opened(linked) as tar:
        sealed = archive.open_sessions(tar)
        assert sealed is not None
        plain = b"".join(sessions.unsealed(sealed))
        archive.extract_dump(tar, archive.read_manifest(tar), tmp_path / "dump")
    assert STORE == sessions.SCHEMA
    contents = server.run("pg_restore", "--list", tmp_path / "dump", url="")
    assert "channels_linkednumber" in contents
    assert "whatsmeow" not in contents
    assert b"whatsmeow_device" in plain
    assert b"whatsmeow_device" not in linked.read_bytes()
    (tmp_path / "sessions").write_bytes(plain)
    assert KEY in server.run("pg_restore", "--file=-", tmp_path / "sessions", url="")


@pytest.mark.slow
def test_restore_links_the_numbers_again_with_the_same_key(shop: Shop, linked: Path) -> None:
    shop.ask(UNLINK)
    restore_backup(linked)
    assert keys(shop) == [(KEY,)]
    assert shop.ask(STANDING) == [("connected", JID)]


@pytest.mark.slow
def test_restore_elsewhere_says_that_numbers_must_be_linked_again(
    shop: Shop, linked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.ask(UNLINK)
    monkeypatch.setenv("WABOLT_SECRETS_KEY", "another installation's")
    said: list[str] = []
    restore_backup(linked, say=said.append)
    assert keys(shop) == []
    assert shop.ask(STANDING) == [("logged_out", "")]
    assert any("secrets-key" in text for text in said)


@pytest.mark.slow
def test_sessions_that_went_on_are_not_put_back_in_time(shop: Shop, linked: Path) -> None:
    shop.ask("UPDATE whatsmeow.whatsmeow_device SET key = 'of today'")
    restore_backup(linked)
    assert keys(shop) == [("of today",)]
    assert shop.ask(STANDING) == [("connected", JID)]


@pytest.mark.slow
def test_backup_without_linked_numbers_has_no_sessions(shop: Shop) -> None:
    with archive.opened(shop.file) as tar:
        assert archive.open_sessions(tar) is None


@given(st.binary(max_size=200), st.integers(1, 64))
def test_what_was_sealed_comes_back(content: bytes, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WABOLT_SECRETS_KEY", "k")
        patch.setattr(sessions, "BLOCK", block)
        file = io.BytesIO()
        sessions.seal(io.BytesIO(content + b"!"), file)
        assert b"".join(sessions.unsealed(io.BytesIO(file.getvalue()))) == content + b"!"


@given(st.data())
def test_seal_breaks_when_anything_is_cut_moved_or_changed(data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WABOLT_SECRETS_KEY", "k")
        patch.setattr(sessions, "BLOCK", 8)
        file = io.BytesIO()
        sessions.seal(io.BytesIO(b"0123456701234567012"), file)
        good = file.getvalue()
        start, size = len(sessions.MARK) + sessions.SALT, sessions.NONCE + 8 + sessions.TAG
        swapped = (
            good[:start] + good[start + size : start + 2 * size] + good[start : start + size] + good[start + 2 * size :]
        )
        place = data.draw(st.integers(0, len(good) - 1))
        flipped = good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]
        bad = data.draw(st.sampled_from([swapped, flipped, good[:place], good[: start + size], good + b"more"]))
        with pytest.raises(sessions.SealBrokenError):
            list(sessions.unsealed(io.BytesIO(bad)))


def test_empty_file_is_no_sealed_one(tmp_path: Path) -> None:
    for content in (b"", sessions.MARK, sessions.MARK + b"s" * sessions.SALT):
        with pytest.raises(sessions.SealBrokenError):
            list(sessions.unsealed(io.BytesIO(content)))
