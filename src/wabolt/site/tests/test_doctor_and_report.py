"""`wabolt doctor` over a running installation, and the file of `wabolt report`."""

import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from wabolt import __version__
from wabolt.site import home
from wabolt.site import installation as checks
from wabolt.site.caddy.names import PublicNames, forget_names, remember_names
from wabolt.site.installation import Finding, examine_installation
from wabolt.site.tests.live import sign_in
from wabolt.site.tests.shops import Shop

pytestmark = pytest.mark.usefixtures("socket_enabled")

BEATS = f"""
INSERT INTO operations_process (name, kind, host, version, started_at, beat_at, counts)
SELECT kind, kind, 'h', '{__version__}', now(), now() + interval '1 hour', '[]'
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


@pytest.fixture(autouse=True)
def _clean(installation: Shop) -> Iterator[None]:
    yield
    installation.ask("DELETE FROM operations_process")


def found(name: str) -> list[Finding]:
    return [finding for finding in examine_installation() if finding.name.startswith(name)]


def test_a_running_installation_is_good(shop: Shop) -> None:
    shop.ask(BEATS)
    assert [f.text for f in found("Processes")] == ["consumer 1, gateway 1, web 1, worker 1"]
    assert found("Tables")[0].state == "good"
    assert found("Clock")[0].state == "good"
    assert found("Backup")[0].state == "lacking"


def test_each_missing_process_is_named(shop: Shop) -> None:
    shop.ask(BEATS)
    shop.ask("UPDATE operations_process SET beat_at = now() - interval '31 s' WHERE kind IN ('gateway', 'worker')")
    assert [(f.state, f.text) for f in found("Processes")] == [("bad", "missing: worker, gateway")]
    shop.ask("UPDATE operations_process SET beat_at = now() - interval '2 hours' WHERE kind = 'gateway'")
    assert [f.text for f in found("Ends")] == ["gateway ended suddenly 1 times in 24 hours"]


def test_an_old_process_is_told_to_start_again(shop: Shop) -> None:
    shop.ask(BEATS)
    shop.ask("UPDATE operations_process SET version = '0.0.9' WHERE kind = 'web'")
    assert found("Version")[0].text == f"running 0.0.9, installed {__version__}"


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


def run(shop: Shop, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "WABOLT_HOME": str(shop.home), "DATABASE_URL": shop.url, "WABOLT_LANGUAGE": "en"}
    environment["DJANGO_SETTINGS_MODULE"] = "wabolt.site.settings"
    environment["WABOLT_RECOVERY_KEY"] = "AGE-SECRET-KEY-NOT-IN-A-REPORT"
    return subprocess.run(
        [sys.executable, "-m", "wabolt", *arguments], env=environment, capture_output=True, text=True, check=False
    )


def test_the_exit_code_says_whether_something_is_missing(shop: Shop) -> None:
    shop.ask(BEATS)
    done = run(shop, "doctor")
    assert done.returncode == 0, done.stdout
    shop.ask("UPDATE operations_process SET beat_at = now() - interval '1 hour' WHERE kind = 'gateway'")
    done = run(shop, "doctor")
    assert done.returncode == 1
    assert "missing: gateway" in done.stdout


def test_a_report_holds_no_personal_data_and_no_secret(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.ask(BEATS)
    shop.ask(PEOPLE)
    shop.ask(PARKED)
    session = sign_in(shop)
    (shop.home / "log").mkdir(exist_ok=True)
    (shop.home / "log" / "gateway.log").write_text(LOG)
    file = tmp_path / "report.zip"
    monkeypatch.setenv("WABOLT_PUBLIC_URL", "https://kedai.toko.invalid")
    remember_names(home.home(), PublicNames(("wa.toko.invalid", "www.toko.invalid")))
    try:
        done = run(shop, "report", str(file))
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
        "9988",
        "ibu@toko.id",
        "whatsapp.net",
        "toko.invalid",
    ):
        assert personal not in text, personal
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
    done = run(shop, "report", str(file))
    assert done.returncode == 1
    assert "exists already" in done.stderr
    assert file.read_text() == "mine"
