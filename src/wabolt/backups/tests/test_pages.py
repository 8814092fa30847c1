"""The page "Backup" and its forms: key, places, refused input."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pyrage
import pytest
from django.test import Client
from django.urls import reverse
from pyrage.x25519 import Recipient

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.alerts.models import Alert
from wabolt.alerts.queries import open_alerts as open_alerts_of
from wabolt.backups import queries, recovery_key, services
from wabolt.backups.models import BackupCopy, BackupRun, BackupSettings
from wabolt.backups.places import Folder
from wabolt.backups.places.folder import MARKER
from wabolt.backups.tests.factories import make_run
from wabolt.backups.tests.servers import Storage, running_storage
from wabolt.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder on the disk. Folders of the suite may be in memory, below /dev, where no backup may be."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def workspace(settings, tmp_path: Path) -> Workspace:
    (tmp_path / "home").mkdir()
    settings.DATA_FOLDER = str(tmp_path / "home")
    settings.BACKUP_FOLDER = str(tmp_path / "home" / "backups")
    settings.BACKUP_RECIPIENTS = []
    return make_workspace()


@pytest.fixture
def owner(workspace: Workspace) -> Client:
    return signed_in(workspace)


@pytest.fixture(scope="module")
def running() -> Iterator[Storage]:
    with running_storage() as storage:
        yield storage


def text(client: Client, name: str, **arguments: object) -> str:
    return client.get(reverse(f"backups:{name}", kwargs=arguments)).content.decode()


def test_page_shows_the_state_of_the_backups(owner: Client) -> None:
    assert "Belum pernah ada cadangan" in text(owner, "page")
    make_run()
    page = text(owner, "page")
    assert "Cadangan terakhir bagus" in page
    assert "Toko dan cadangan ada di disk yang sama" in page
    BackupCopy.objects.update(same_disk=False)
    assert "disk yang sama" not in text(owner, "page")
    with clock.hold(clock.now() + timedelta(days=3)):
        assert "Cadangan terakhir sudah lama" in text(owner, "page")


def test_failure_has_one_sentence_and_keeps_the_good_backup(owner: Client) -> None:
    make_run(clock.now() - timedelta(hours=1))
    make_run(state="failed", reason="folder_gone", detail="/media/usb/wabolt")
    page = text(owner, "page")
    assert "Folder /media/usb/wabolt tidak ada" in page
    assert "Cadangan terakhir bagus" in page


def test_backup_that_could_not_be_restored_for_a_check_is_untested(owner: Client) -> None:
    untested = {"state": "untested", "reason": "no_room_to_test", "detail": "3.1 GB"}
    make_run(clock.now() - timedelta(hours=3), **untested)
    page = text(owner, "page")
    assert "Belum ada cadangan yang sudah dicoba" in page
    assert "disk perlu ruang kosong 3.1 GB" in page
    assert "Cadangan terakhir bagus" not in page
    assert "Belum dicoba" in page
    services.check_backups()
    [shown] = open_alerts_of(queries.first_shop(), "owner")  # type: ignore[arg-type]
    assert shown.sentence.startswith("Cadangan tersimpan tapi belum dicoba")
    good = make_run(clock.now() - timedelta(hours=2))
    make_run(clock.now() - timedelta(hours=1), **untested)
    page = text(owner, "page")
    assert "Cadangan terakhir bagus" in page
    assert "Cadangan terakhir belum dicoba" in page
    assert good.name in text(owner, "restore")
    with clock.hold(clock.now() + timedelta(days=3)):
        make_run(**untested)
        assert "Cadangan terakhir sudah lama" in text(owner, "page")
        services.check_backups()
        assert open_alerts() == {"backup.failed", "backup.old"}


def test_owner_asks_for_a_backup_once_and_sees_its_progress(owner: Client) -> None:
    assert owner.post(reverse("backups:now")).status_code == 302
    page = text(owner, "page")
    assert "Cadangan segera dimulai" in page
    assert reverse("backups:now") not in page
    assert AuditEntry.objects.filter(action="backup.request").count() == 1
    run = BackupRun.objects.create(name="x", token=1, step="checking", done=3, total=4)
    assert "Mencoba memulihkan cadangan" in text(owner, "page")
    poll = {"HX-Request": "true", "HX-Target": "backup-now"}
    fragment = owner.get(reverse("backups:page"), headers=poll)
    assert "<html" not in fragment.content.decode()
    assert "HX-Refresh" not in fragment
    run.delete()
    make_run(clock.now() + timedelta(seconds=1))
    assert owner.get(reverse("backups:page"), headers=poll)["HX-Refresh"] == "true"


def test_key_is_shown_until_it_is_confirmed_and_then_deleted(owner: Client) -> None:
    page = owner.get(reverse("backups:key"))
    key = page.context["key"]
    assert key in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    file = owner.get(reverse("backups:key_file"))
    assert key in file.content.decode()
    assert BackupSettings.objects.get().recipient == recovery_key.recipient_of(key)

    wrong = owner.post(reverse("backups:key"), {"last_group": "XXXX"})
    assert wrong.status_code == 422
    assert "bukan kelompok terakhir" in wrong.content.decode()
    owner.post(reverse("backups:key"), {"last_group": key.split()[-1].lower()})

    row = BackupSettings.objects.get()
    assert (row.sealed_key, row.recipient) == ("", recovery_key.recipient_of(key))
    assert row.key_confirmed_at
    assert key not in text(owner, "key")
    assert owner.get(reverse("backups:key_file")).status_code == 404
    assert owner.post(reverse("backups:key"), {"last_group": "XXXX"}).status_code == 422
    assert not [entry for entry in AuditEntry.objects.all() if key[:9] in str(entry.data)]


def test_new_key_is_used_only_after_its_confirmation(owner: Client) -> None:
    services.ensure_key()
    services.confirm_key(last_group=queries.pending_key().split()[-1])
    old = queries.settings_row().recipient  # type: ignore[union-attr]
    owner.post(reverse("backups:new_key"))
    new = queries.pending_key()
    assert BackupSettings.objects.get().recipient == old
    owner.post(reverse("backups:key"), {"withdraw": "1"})
    assert queries.pending_key() == ""
    owner.post(reverse("backups:new_key"))
    new = queries.pending_key()
    owner.post(reverse("backups:key"), {"last_group": new.split()[-1]})
    assert BackupSettings.objects.get().recipient == recovery_key.recipient_of(new) != old


def test_keys_of_the_operator_cannot_be_changed_here(owner: Client, settings) -> None:
    settings.BACKUP_RECIPIENTS = ["age1x"]
    page = text(owner, "key")
    assert "WABOLT_BACKUP_RECIPIENTS" in page
    assert queries.pending_key() == ""


def test_owner_of_another_shop_manages_nothing(workspace: Workspace) -> None:
    copy = make_run().copies.get()
    other = signed_in(make_workspace("Toko lain"))
    for name in ("page", "key", "key_file", "places", "restore"):
        assert other.get(reverse(f"backups:{name}")).status_code == 403
    for name in ("now", "new_key"):
        assert other.post(reverse(f"backups:{name}")).status_code == 403
    for name in ("download", "test"):
        assert other.get(reverse(f"backups:{name}", args=[copy.pk])).status_code == 404
    assert signed_in(workspace, "manager").get(reverse("backups:page")).status_code == 403


def places(client: Client, form: str, **values: object) -> tuple[int, str]:
    response = client.post(reverse("backups:places"), {"form": form, **values})
    return response.status_code, response.content.decode()


def test_the_time_of_the_backup_names_its_zone_as_people_do(owner: Client) -> None:
    page = text(owner, "places")
    assert "Waktu toko, WIB." in page
    assert "Asia/" not in page


def test_time_and_folder_are_saved_after_a_try(owner: Client, tmp_path: Path) -> None:
    assert places(owner, "time", at="21:15")[0] == 302
    assert places(owner, "time", at="25:15")[0] == 422
    (tmp_path / "usb").mkdir()
    chosen = tmp_path / "usb" / "wabolt"
    assert places(owner, "folder", use_folder="on", folder=str(chosen))[0] == 302
    Folder(chosen).check()
    row = BackupSettings.objects.get()
    assert (f"{row.at:%H.%M}", row.folder) == ("21.15", str(chosen))
    for wrong, words in (("cadangan", "mulai dari /"), (str(tmp_path / "tidak" / "ada"), "tidak ada"), ("/proc/x", "")):
        status, page = places(owner, "folder", use_folder="on", folder=wrong)
        assert status == 422
        assert words in page
    assert places(owner, "folder", folder="")[0] == 422  # no place would be left
    assert BackupSettings.objects.get().folder == str(chosen)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("{tmp}/etc-link", "milik sistem"),
        ("{tmp}/etc-link/new", "milik sistem"),
        ("{tmp}/usb/../etc-link", "milik sistem"),
        ("/", "milik sistem"),
        ("/penuh", "milik sistem"),
        ("/var/lib/postgresql/x", "milik sistem"),
        ("/root", "milik sistem"),
        ("{tmp}/home", "WABolt menyimpan"),
        ("{tmp}/home/postgres", "WABolt menyimpan"),
        ("{tmp}/home-link/postgres", "WABolt menyimpan"),
        ("{tmp}/loop/x", ""),
    ],
)
def test_folders_of_the_system_and_of_wabolt_are_refused(owner: Client, tmp_path: Path, typed: str, words: str) -> None:
    (tmp_path / "home" / "postgres").mkdir()
    (tmp_path / "usb").mkdir()
    for link, target in (("etc-link", "/etc"), ("home-link", tmp_path / "home"), ("loop", tmp_path / "loop")):
        (tmp_path / link).symlink_to(target)
    status, page = places(owner, "folder", use_folder="on", folder=typed.format(tmp=tmp_path))
    assert status == 422
    assert words in page
    assert BackupSettings.objects.get().folder == ""
    assert not list((tmp_path / "home").rglob(MARKER))


def test_folder_is_stored_without_links(owner: Client, tmp_path: Path) -> None:
    (tmp_path / "usb").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "usb")
    assert places(owner, "folder", use_folder="on", folder=str(tmp_path / "link"))[0] == 302
    assert BackupSettings.objects.get().folder == str(tmp_path / "usb")
    assert places(owner, "folder", use_folder="on", folder=str(tmp_path / "home" / "backups"))[0] == 302


def test_storage_is_tried_before_it_is_saved(owner: Client, running: Storage, socket_enabled: None) -> None:
    typed = {
        "use_s3": "on", "endpoint": running.endpoint, "region": "us-east-1", "bucket": "cadangan", "folder": "toko",
        "key_id": "kunci", "secret": "sangat-rahasia",
    }  # fmt: skip
    status, page = places(owner, "storage", **{**typed, "bucket": "tidak-ada"})
    assert status == 422
    assert "Tidak ada bucket" in page
    assert not BackupSettings.objects.get().use_s3
    assert places(owner, "storage", **{**typed, "secret": ""})[0] == 422
    assert places(owner, "storage", **typed)[0] == 302
    row = BackupSettings.objects.get()
    assert row.use_s3
    assert "sangat-rahasia" not in row.sealed_s3_secret
    assert "sangat-rahasia" not in text(owner, "places")
    assert places(owner, "storage", **{**typed, "secret": "", "folder": ""})[0] == 302  # the stored secret is kept
    assert queries.s3_config(BackupSettings.objects.get()).secret == "sangat-rahasia"
    assert places(owner, "storage")[0] == 302
    assert not BackupSettings.objects.get().use_s3
    assert not [entry for entry in AuditEntry.objects.all() if "rahasia" in str(entry.data)]


def stored(content: bytes) -> tuple[BackupCopy, str]:
    """A copy in the folder with this plain text, and its key."""
    services.ensure_key()
    key = queries.pending_key()
    row = BackupSettings.objects.get()
    folder = Folder(queries.folder_path(row), row.mark)
    folder.claim()
    run = make_run()
    with (folder.path / run.name).open("wb") as file:
        pyrage.encrypt_io(BytesIO(content), file, [Recipient.from_str(row.recipient)])
    return run.copies.get(), key


def test_copy_is_tried_with_the_key(owner: Client) -> None:
    copy, key = stored(b"isi cadangan" * 10_000)
    address = reverse("backups:test", args=[copy.pk])
    good = owner.post(address, {"key": key})
    assert "Seluruh file sudah dibaca" in good.content.decode()
    assert key not in good.content.decode()
    other = owner.post(address, {"key": recovery_key.create()})
    assert other.status_code == 422
    assert "dibuat untuk kunci lain" in other.content.decode()
    assert "Ini bukan kunci pemulihan" in owner.post(address, {"key": "nonsense"}).content.decode()
    path = queries.folder_path(BackupSettings.objects.get()) / copy.run.name
    path.write_bytes(path.read_bytes()[:-500])
    assert "Salinan ini rusak" in owner.post(address, {"key": key}).content.decode()
    path.unlink()
    assert "sudah tidak ada" in owner.post(address, {"key": key}).content.decode()


def test_large_copy_is_read_only_in_part(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wabolt.backups.services.trying.MOST_READ", 100_000)
    copy, key = stored(b"0123456789" * 100_000)
    page = owner.post(reverse("backups:test", args=[copy.pk]), {"key": key}).content.decode()
    assert "check-backup /cadangan/" in page


def test_copy_is_downloaded_as_it_is(owner: Client) -> None:
    copy, _key = stored(b"isi")
    address = reverse("backups:download", args=[copy.pk])
    response = owner.get(address)
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert content.startswith(b"age-encryption.org/v1")
    assert copy.run.name in response["Content-Disposition"]
    (queries.folder_path(BackupSettings.objects.get()) / copy.run.name).unlink()
    assert owner.get(address).status_code == 302
    assert "sudah tidak ada" in text(owner, "page")
    BackupCopy.objects.update(is_good=False)
    assert owner.get(address).status_code == 404


def test_restore_page_has_the_commands_of_this_installation(owner: Client) -> None:
    run = make_run()
    assert f"restore {run.name}" in text(owner, "restore")
    assert f"restore /cadangan/{run.name}" in text(owner, "restore")
    BackupSettings.objects.update(use_s3=True, s3_bucket="cadangan", s3_prefix="toko", s3_endpoint="https://s3.id")
    page = text(owner, "restore")
    assert "restore --from s3://cadangan/toko" in page
    assert "AWS_ENDPOINT_URL=https://s3.id" in page


def open_alerts() -> set[str]:
    return set(Alert.objects.filter(resolved_at=None).values_list("kind", flat=True))


def test_alerts_open_and_the_next_good_backup_resolves_them(workspace: Workspace) -> None:
    services.ensure_key()
    services.check_backups()
    assert open_alerts() == set()
    start = clock.now()
    make_run(state="failed", reason="disk_full")
    services.check_backups()
    assert open_alerts() == {"backup.failed"}
    with clock.hold(start + timedelta(days=3)):
        services.check_backups()
        assert open_alerts() == {"backup.failed", "backup.old", "backup.key"}
        make_run()
        services.confirm_key(last_group=queries.pending_key().split()[-1])
        services.check_backups()
        assert open_alerts() == set()


def test_interruption_is_no_alert(workspace: Workspace) -> None:
    """Switching the computer off at night is no failure. The backup is made after the next start."""
    make_run(state="failed", reason="interrupted")
    services.check_backups()
    assert open_alerts() == set()
