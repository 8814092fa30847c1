"""`wabolt doctor` over a running installation, and the file of `wabolt report`."""

import stat
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from wabolt import __version__
from wabolt.accounts.services import record_audit_of_installation
from wabolt.accounts.tests.factories import make_workspace
from wabolt.backups.tests.factories import make_run
from wabolt.channels.models import RawEvent
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Consumer, ParkedEvent
from wabolt.contacts.registry import consumers
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.operations.models import Process
from wabolt.site import home
from wabolt.site import installation as checks
from wabolt.site.caddy.names import PublicNames, forget_names, remember_names
from wabolt.site.findings import Finding
from wabolt.site.installation import examine_database, examine_installation, examine_names
from wabolt.site.room_checks import KINDS, examine_rooms
from wabolt.site.tests.shops import Shop, sign_in

pytestmark = pytest.mark.usefixtures("socket_enabled")

BEATS = f"""
INSERT INTO operations_process (name, kind, host, version, started_at, beat_at, counts)
SELECT kind, kind, 'h', '{__version__}', now(), now(), '[]'
FROM unnest(ARRAY['web', 'worker', 'gateway', 'consumer']) AS kind
"""
PEOPLE = """
UPDATE contacts_contact SET name = 'Zubaidah Wirasasmita', email = 'zubaidah@toko.id', city = 'Sukabumi'
"""
PARKED = """
INSERT INTO contacts_consumer (name, holder, token, beat, position, event_id, crashes, moved_at)
VALUES ('tallies', '', 0, 0, 0, 0, 0, now()) ON CONFLICT DO NOTHING;
INSERT INTO contacts_parkedevent (consumer_id, workspace_id, contact_id, event_id, event_time, kind, error, attempts,
    parked_at)
SELECT 'tallies', workspace_id, id, id, now(), 'note_added',
    'ValueError: no number for Zubaidah Wirasasmita', 1, now() FROM contacts_contact LIMIT 1
"""
LOG = """\
2026-11-29T01:02:03.000+00:00 INFO wabolt.site.front.measuring: request request=ab12 route=contacts:list status=200
2026-11-29T01:02:04.000+00:00 ERROR wabolt.messaging.gateway.work: message 7 to +62 812-9988-7766 broke off
  /home/ratna/wabolt/src/wabolt/messaging/gateway/work.py:12 turn
builtins.ValueError
panic: cannot send to 6281299887766@s.whatsapp.net Zubaidah Wirasasmita
"""


@pytest.fixture
def processes(shop: Shop) -> Iterator[None]:
    shop.ask(BEATS)
    yield
    shop.ask("DELETE FROM operations_process")


def start(kind: str, *, version: str = __version__, silent_for: timedelta = timedelta(0)) -> None:
    beat_at = timezone.now() - silent_for
    Process.objects.create(name=kind, kind=kind, host="h", version=version, beat_at=beat_at)


def of_rooms(name: str) -> list[tuple[str, str]]:
    return [(finding.state, finding.text) for finding in examine_rooms() if finding.name.startswith(name)]


@pytest.mark.django_db
def test_a_running_installation_is_good() -> None:
    for kind in KINDS:
        start(kind)
    assert of_rooms("Processes") == [("good", "consumer 1, gateway 1, web 1, worker 1")]
    assert of_rooms("Consumer") != []
    assert {state for state, _text in of_rooms("Consumer")} == {"good"}
    assert of_rooms("Version") == of_rooms("Ends") == of_rooms("WhatsApp") == []


@pytest.mark.django_db
def test_each_missing_process_is_named() -> None:
    assert of_rooms("Processes") == [("lacking", "none runs")]
    start("web")
    start("consumer")
    start("worker", silent_for=timedelta(seconds=31))
    start("gateway", silent_for=timedelta(hours=2))
    assert of_rooms("Processes") == [("bad", "missing: worker, gateway")]
    assert of_rooms("Ends") == [("lacking", "gateway ended suddenly 1 times in 24 hours")]


@pytest.mark.django_db
def test_process_of_an_older_version_is_reported() -> None:
    start("web", version="0.0.9")
    assert of_rooms("Version") == [("lacking", f"running 0.0.9, installed {__version__}")]


@pytest.mark.django_db
def test_parked_events_and_stopped_numbers_are_found() -> None:
    contact = make_contact(make_workspace(), "Ayu")
    consumer = Consumer.objects.get_or_create(name=next(iter(consumers())))[0]
    ParkedEvent.objects.create(
        consumer=consumer, workspace=contact.workspace, contact=contact, event_id=1, event_time=timezone.now(),
        kind="note_added", error="ValueError: about Ayu",
    )  # fmt: skip
    assert ("lacking", "1 events to read, 1 parked") in of_rooms("Consumer")
    stopped = make_channel(contact.workspace, provider="linked", state="logged_out")
    make_channel(contact.workspace, provider="linked", state="connected")
    make_channel(contact.workspace, provider="simulator", state="offline")
    assert of_rooms("WhatsApp") == [("lacking", "logged_out")]
    assert [f.name for f in examine_rooms() if f.name.startswith("WhatsApp")] == [f"WhatsApp number {stopped.pk}"]


@pytest.mark.django_db
def test_a_clock_ahead_of_whatsapp_is_found() -> None:
    number, now = make_channel(provider="linked"), clock.now()
    for minutes in (1, 2, 3):
        RawEvent.objects.create(
            channel=number, kind="message", payload={}, dedupe_key=str(minutes),
            received_at=now - timedelta(minutes=minutes), occurred_at=now - timedelta(minutes=minutes + 8),
        )  # fmt: skip
    text = "8 minutes ahead of WhatsApp; customers get no automatic replies"
    assert of_rooms("Clock") == [("bad", text)]


@pytest.mark.django_db
def test_age_of_the_newest_backup_is_shown() -> None:
    assert of_rooms("Backup") == [("lacking", "none yet")]
    make_workspace()
    record_audit_of_installation(action="system.backup")
    assert of_rooms("Backup") == [("lacking", "0.0 days old, not tested")]
    make_run(state="untested", reason="no_room_to_test", detail="3.1 GB")
    assert of_rooms("Backup") == [("lacking", "0.0 days old, not tested")]
    make_run()
    assert of_rooms("Backup") == [("good", "0.0 days old")]
    with clock.hold(clock.now() + timedelta(days=30)):
        assert of_rooms("Backup") == [("lacking", "30.0 days old")]


def found(name: str) -> list[Finding]:
    return [finding for finding in [*examine_database(), *examine_names()] if finding.name.startswith(name)]


def test_tables_of_another_version_are_found(shop: Shop) -> None:
    shop.ask("INSERT INTO django_migrations (app, name, applied) VALUES ('contacts', '0999_future', now())")
    assert found("Tables")[0].state == "bad"
    assert "newer" in found("Tables")[0].text
    shop.ask("DELETE FROM django_migrations WHERE name = '0999_future'")
    shop.ask("UPDATE django_migrations SET app = 'elsewhere' WHERE app = 'operations'")
    assert "wabolt migrate" in found("Tables")[0].advice
    shop.ask("UPDATE django_migrations SET app = 'operations' WHERE app = 'elsewhere'")


def test_clocks_that_differ_are_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    real = checks.time.time
    monkeypatch.setattr(checks.time, "time", lambda: real() + 3600)
    assert found("Clock")[0].state == "lacking"


def test_a_domain_that_leads_elsewhere_is_found(shop: Shop) -> None:
    remember_names(home.home(), PublicNames(("wa.toko.invalid",)))
    try:
        assert found("Domain")[0].state == "lacking"
    finally:
        forget_names(home.home())


def test_without_a_database_there_is_nothing_to_examine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://x@127.0.0.1:1/x")
    assert examine_installation() == []


@pytest.mark.usefixtures("processes")
def test_the_exit_code_says_whether_something_is_missing(shop: Shop) -> None:
    done = shop.processes.command("doctor")
    assert done.returncode == 0, done.stdout
    shop.ask("UPDATE operations_process SET beat_at = now() - interval '1 hour' * (kind = 'gateway')::int")
    done = shop.processes.command("doctor")
    assert done.returncode == 1
    assert "missing: gateway" in done.stdout


@pytest.mark.usefixtures("processes")
def test_a_report_holds_no_personal_data_and_no_secret(shop: Shop, tmp_path: Path) -> None:
    shop.ask(PEOPLE)
    shop.ask(PARKED)
    session = sign_in(shop)
    (shop.home / "log").mkdir(exist_ok=True)
    (shop.home / "log" / "gateway.log").write_text(LOG)
    file = tmp_path / "report.zip"
    given = {"WABOLT_PUBLIC_URL": "https://kedai.toko.invalid", "WABOLT_RECOVERY_KEY": "AGE-SECRET-KEY-NOT-IN-A-REPORT"}
    remember_names(home.home(), PublicNames(("wa.toko.invalid", "www.toko.invalid")))
    try:
        done = shop.processes.command("report", str(file), environment=given)
    finally:
        forget_names(home.home())
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(file) as report:
        members = {name: report.read(name).decode() for name in report.namelist()}
    assert {"about.txt", "doctor.txt", "figures.txt", "tables.txt", "log/gateway.log.txt"} <= set(members)
    text = "\n".join(members.values())
    for personal in (
        "Zubaidah",
        "Wirasasmita",
        "zubaidah",
        "Sukabumi",
        "ibu@toko.id",
        "whatsapp.net",
        "toko.invalid",
    ):
        assert personal not in text, personal
    assert "99887766" not in text.replace("-", "")  # four digits would also be found in sizes and times
    secrets = [path.read_text().strip() for path in shop.home.glob("*-key")]
    secrets += [(shop.home / "metrics-token").read_text(), session, "AGE-SECRET-KEY", str(shop.home)]
    secrets += [path.read_text().strip() for path in (shop.home / "postgres").glob("*password")]
    assert len(secrets) > 6
    assert [secret for secret in secrets if secret in text] == []
    assert "route=contacts:list" in members["log/gateway.log.txt"]
    assert "message 7 to [...] broke off" in members["log/gateway.log.txt"]
    assert "(1 lines of other programs are left out)" in members["log/gateway.log.txt"]
    assert "note_added\tValueError\t1" in members["parked-events.txt"]


def test_a_report_overwrites_nothing(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "report.zip"
    file.write_text("mine")
    done = shop.processes.command("report", str(file))
    assert done.returncode == 1
    assert "exists already" in done.stderr
    assert file.read_text() == "mine"
