"""Copies in a folder and in S3-compatible storage, over a real server with real faults."""

import hashlib
import json
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wabolt.backups.places import INTERACTIVE, S3, Folder, PlaceError, Timeouts, parse_s3_url, read_back, s3_uploads
from wabolt.backups.rules import erasure_list_name, file_name
from wabolt.backups.tests.servers import Faults, Storage, failing_proxy, running_storage

MARK = "0a1b2c"
NAMES = [file_name(MARK, datetime(2026, 11, day, 19, 30, tzinfo=UTC)) for day in (1, 2, 3)]
QUICK = Timeouts(connect=30.0, answer=30.0, retries=1, retrying=30.0)
IMPATIENT = Timeouts(connect=1.0, answer=1.0, retries=1, retrying=2.0)
MB = 1_000_000


@pytest.fixture(scope="module")
def running() -> Iterator[Storage]:
    with running_storage() as storage:
        yield storage


@pytest.fixture
def storage(running: Storage, socket_enabled: None) -> Storage:
    place = S3(running.config)
    for name in place.names():
        place.delete(name)
    return running


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A file of three parts."""
    path = tmp_path / "backup"
    path.write_bytes(os.urandom(MB) * 12)
    return path


def quiet(_done: int) -> None:
    pass


def test_upload_is_read_back_listed_and_deleted(storage: Storage, backup: Path) -> None:
    place = S3(storage.config, MARK)
    seen: list[int] = []
    place.store(NAMES[0], backup, seen.append)
    assert seen[-1] == backup.stat().st_size
    assert seen == sorted(seen)
    assert place.names() == {NAMES[0]: 12 * MB}
    assert S3(storage.config, "ffffff").names() == {}
    with place.open(NAMES[0]) as file:
        assert file.read() == backup.read_bytes()
    assert place.where(NAMES[0]) == f"s3://cadangan/toko/{NAMES[0]}"
    place.delete(NAMES[0])
    place.delete(NAMES[0])
    assert place.names() == {}
    with pytest.raises(PlaceError, match="copy_gone"), place.open(NAMES[0]):
        pass


def test_list_of_erased_people_is_replaced_and_is_no_backup(storage: Storage, tmp_path: Path) -> None:
    folder = Folder(tmp_path, MARK)
    folder.claim()
    for place in (S3(storage.config, MARK), folder):
        for content in (b"first", b"second"):
            place.put(erasure_list_name(MARK), content)
        assert place.erasure_lists() == [f"wabolt-{MARK}.erasures"]
        assert place.names() == {}
        with place.open(erasure_list_name(MARK)) as file:
            assert file.read() == b"second"
        place.delete(erasure_list_name(MARK))


def test_probe_leaves_nothing(storage: Storage) -> None:
    S3(storage.config, MARK, QUICK).check()
    assert S3(storage.config).names() == {}


def test_bucket_that_does_not_exist(storage: Storage, backup: Path) -> None:
    place = S3(storage.other(bucket="tidak-ada"), MARK, QUICK)
    for work in (place.check, place.names, lambda: place.store(NAMES[0], backup, quiet)):
        with pytest.raises(PlaceError) as found:
            work()
        assert found.value.code == "s3_no_bucket"


@pytest.mark.parametrize(
    ("status", "server_code", "code"),
    [
        (403, "SignatureDoesNotMatch", "s3_denied"),
        (403, "InvalidAccessKeyId", "s3_denied"),
        (403, "AccessDenied", "s3_denied"),
        (403, "RequestTimeTooSkewed", "clock_wrong"),
        (403, "QuotaExceeded", "s3_full"),
        (507, "XMinioStorageFull", "s3_full"),
        (400, "SomethingElse", "s3_other"),
    ],
)
def test_refusal_of_the_server_has_a_reason(
    storage: Storage, backup: Path, status: int, server_code: str, code: str
) -> None:
    with failing_proxy(storage, Faults(refuse=(status, server_code))) as address:
        place = S3(storage.other(endpoint=address), MARK, QUICK)
        for work in (place.check, lambda: place.store(NAMES[0], backup, quiet)):
            with pytest.raises(PlaceError) as found:
                work()
            assert found.value.code == code
            assert found.value.detail in {server_code, str(status)}


def test_network_that_is_cut_in_the_middle_leaves_no_object(storage: Storage, backup: Path) -> None:
    with failing_proxy(storage, Faults(cut_after=6 * MB)) as address:
        place = S3(storage.other(endpoint=address), MARK, QUICK)
        with pytest.raises(PlaceError) as found:
            place.store(NAMES[0], backup, quiet)
    assert found.value.code == "s3_unreachable"
    assert S3(storage.config).names() == {}


def test_upload_that_is_stopped_is_aborted_on_the_server(storage: Storage, backup: Path) -> None:
    def stop(done: int) -> None:
        if done > 8 * MB:
            raise KeyboardInterrupt

    place, before = S3(storage.config, MARK), storage.open_uploads()
    with pytest.raises(KeyboardInterrupt):
        place.store(NAMES[0], backup, stop)
    assert place.names() == {}
    assert storage.open_uploads() == before


UPLOAD = """
import json, sys
from pathlib import Path
from wabolt.backups.places import S3, S3Config
given = json.load(sys.stdin)
S3(S3Config(**given["config"]), given["mark"]).store(given["name"], Path(given["file"]), lambda _done: None)
"""


def killed_upload(storage: Storage, backup: Path, mark: str, name: str) -> None:
    """Leaves the upload of a process that was killed during the second part."""
    faults = Faults(slow=0.3)
    with failing_proxy(storage, faults) as address:
        given = {"config": asdict(storage.other(endpoint=address)), "mark": mark, "name": name, "file": str(backup)}
        process = subprocess.Popen([sys.executable, "-c", UPLOAD], stdin=subprocess.PIPE, text=True)
        assert process.stdin is not None
        process.stdin.write(json.dumps(given))
        process.stdin.close()
        end = time.monotonic() + 30
        while faults.seen < 5 * MB:
            assert time.monotonic() < end
            time.sleep(0.02)
        process.kill()
        process.wait()


def test_parts_of_a_killed_upload_are_removed_by_the_next_run(storage: Storage, backup: Path) -> None:
    """Only uploads of this installation are aborted, because another one may be uploading into the same bucket."""
    others = file_name("ffffff", datetime(2026, 11, 1, tzinfo=UTC))
    S3(storage.config, MARK).remove_parts()
    before = storage.open_uploads()
    killed_upload(storage, backup, MARK, NAMES[0])
    killed_upload(storage, backup, "ffffff", others)
    assert storage.open_uploads() == before + 2
    place = S3(storage.config, MARK)
    place.store(NAMES[1], backup, quiet)
    place.remove_parts()
    assert storage.open_uploads() == before + 1
    S3(storage.config, "ffffff").remove_parts()
    assert storage.open_uploads() == before
    assert place.names() == {NAMES[1]: 12 * MB}


def test_request_for_open_uploads_is_signed_as_amazon_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example "GET Bucket Lifecycle" of Amazon's document. It has another query but the same signature
    method."""
    access = s3_uploads.Access(
        "https://examplebucket.s3.amazonaws.com", "", "us-east-1", "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 1.0,
    )  # fmt: skip
    headers = s3_uploads._signed(access, "GET", "/", "lifecycle=", datetime(2013, 5, 24, tzinfo=UTC))
    assert headers["authorization"].endswith("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")


def test_storage_without_multipart_uploads_or_without_an_answer(storage: Storage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        endpoint = f"http://127.0.0.1:{probe.getsockname()[1]}"
    for config in (storage.other(endpoint=endpoint), storage.other(bucket="tidak-ada")):
        with pytest.raises(PlaceError, match="s3_unreachable"):
            S3(config, MARK, QUICK).remove_parts()


def test_slow_server_gets_time_and_a_silent_one_does_not(storage: Storage, backup: Path) -> None:
    with failing_proxy(storage, Faults(slow=0.2)) as address:
        S3(storage.other(endpoint=address), MARK, QUICK).store(NAMES[0], backup, quiet)
    assert NAMES[0] in S3(storage.config).names()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(PlaceError, match="s3_unreachable"):
            S3(storage.other(endpoint=endpoint), MARK, IMPATIENT).check()


def test_page_waits_eight_seconds_in_all(storage: Storage) -> None:
    """Each answer is within the limit of one request."""
    with failing_proxy(storage, Faults(slow=3.5)) as address:
        began = time.monotonic()
        with pytest.raises(PlaceError, match="s3_slow: 8"):
            S3(storage.other(endpoint=address), MARK, INTERACTIVE).check()
        assert time.monotonic() - began < 9
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(PlaceError):
            S3(storage.other(endpoint=endpoint), MARK, INTERACTIVE).check()
        assert time.monotonic() - began < 9


def test_unreachable_server_has_a_reason(storage: Storage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        endpoint = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(PlaceError, match="s3_unreachable"):
        S3(storage.other(endpoint=endpoint), MARK, QUICK).check()


def test_errors_quote_neither_the_secret_nor_the_answer(storage: Storage) -> None:
    with pytest.raises(PlaceError) as found:
        S3(storage.other(bucket="tidak-ada", secret="sangat-rahasia"), MARK, QUICK).check()
    assert "sangat-rahasia" not in str(found.value)
    assert "<" not in str(found.value)


def test_addresses() -> None:
    assert parse_s3_url("s3://toko-batik/cadangan/x.wabolt") == ("toko-batik", "cadangan/x.wabolt")
    assert parse_s3_url("s3://toko-batik") == ("toko-batik", "")
    for wrong in ("http://a/b", "s3://", "s3://A_B/x", "toko"):
        with pytest.raises(PlaceError, match="s3_address"):
            parse_s3_url(wrong)


def write_part(folder: Folder, name: str) -> Path:
    folder.part(name).write_bytes(b"isi")
    return folder.part(name)


def test_folder_lists_only_finished_backups_of_this_installation(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "cadangan", MARK)
    folder.claim()
    folder.check()
    for name in NAMES[:2]:
        folder.store(name, write_part(folder, name), quiet)
    write_part(folder, NAMES[2])
    (folder.path / file_name("ffffff", datetime.now(UTC))).write_bytes(b"")
    (folder.path / "foto.jpg").write_bytes(b"")
    assert folder.names() == dict.fromkeys(NAMES[:2], 3)
    folder.remove_parts()
    assert not folder.part(NAMES[2]).exists()
    with folder.open(NAMES[0]) as file:
        assert file.read() == b"isi"
    folder.delete(NAMES[0])
    folder.delete(NAMES[0])
    assert list(folder.names()) == [NAMES[1]]
    with pytest.raises(PlaceError, match="copy_gone"), folder.open(NAMES[0]):
        pass
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_copy_is_read_back_to_its_last_byte(tmp_path: Path) -> None:
    folder, name, content = Folder(tmp_path, MARK), NAMES[0], bytes(range(256)) * 9_000
    digest = hashlib.sha256(content).hexdigest()
    seen: list[int] = []
    (tmp_path / name).write_bytes(content)
    read_back(folder, name, len(content), digest, seen.append)
    assert seen == [1_048_576, 2_097_152, len(content)]
    for changed in (content[:-1], content + b"x", content[:-1] + b"x", b""):
        (tmp_path / name).write_bytes(changed)
        with pytest.raises(PlaceError) as refused:
            read_back(folder, name, len(content), digest)
        assert refused.value.code == "copy_differs"
        assert folder.names() == {}
    with pytest.raises(PlaceError) as gone:
        read_back(folder, name, len(content), digest)
    assert gone.value.code == "copy_gone"


def test_unplugged_disk_is_noticed_although_its_mount_point_exists(tmp_path: Path) -> None:
    folder = Folder(tmp_path, MARK)
    folder.claim()
    folder.check()
    (tmp_path / ".wabolt-backups").unlink()
    with pytest.raises(PlaceError, match="folder_gone"):
        folder.check()
    with pytest.raises(PlaceError, match="folder_gone"):
        Folder(tmp_path / "a" / "b", MARK).claim()


def test_parts_of_other_installations_stay(tmp_path: Path) -> None:
    folder = Folder(tmp_path, MARK)
    other = write_part(Folder(tmp_path, "ffffff"), file_name("ffffff", datetime.now(UTC) - timedelta(days=1)))
    folder.remove_parts()
    assert other.exists()
