"""`wabolt verify consent` finds changes that were made with the database's own rights."""

import pytest
from click.testing import CliRunner, Result
from django.db import connection
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.consent.cli import verify_group
from wabolt.consent.models import ConsentEvent, Purpose
from wabolt.consent.queries import verify
from wabolt.consent.services import ConsentStatement, add_wording, grant
from wabolt.consent.tests.factories import give_consent, make_people, say_stop

pytestmark = pytest.mark.django_db


def tamper(statement: str, *params: object) -> None:
    """Runs a statement as the owner of the table, who can disable triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # pending checks would forbid ALTER TABLE
        for table in ("consent_consentevent", "consent_wording"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, params)
        for table in ("consent_consentevent", "consent_wording"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def run(*args: str) -> Result:
    return CliRunner().invoke(verify_group, ["consent", *args])


@pytest.fixture
def shop() -> Workspace:
    """A shop whose ledger has six entries."""
    workspace = make_workspace()
    people = make_people(workspace, 5)
    wording = add_wording(workspace=workspace, purpose=Purpose.MARKETING, text="Saya mau promo, é 🙏")
    grant(
        workspace=workspace,
        contact_ids=people,
        statement=ConsentStatement(
            Purpose.MARKETING,
            "form",
            wording=wording,
            evidence={
                "page": "/daftar\\n\t",
                "n": 12345678901234567,
                "ok": True,
                "deep": {"b": [1, None, "\x00é\ud800"]},
            },
        ),
    )
    say_stop(workspace, people[:1])
    return workspace


def test_verify_accepts_an_unchanged_ledger(shop: Workspace) -> None:
    result = run()
    assert result.exit_code == 0
    assert "utuh, 6 catatan" in result.output


def test_verify_accepts_an_empty_ledger() -> None:
    make_workspace()
    assert "utuh, 0 catatan" in run().output


@each(
    ("change", "seq", "kind"),
    [
        ("UPDATE consent_consentevent SET action = 'withdrawn' WHERE seq = 3", 3, "changed"),
        ("UPDATE consent_consentevent SET at = at - interval '1 microsecond' WHERE seq = 2", 2, "changed"),
        ("UPDATE consent_consentevent SET evidence = '{}' WHERE seq = 4", 4, "changed"),
        ("UPDATE consent_consentevent SET wording_id = NULL WHERE seq = 1", 1, "changed"),
        ("UPDATE consent_wording SET text = 'Saya mau semuanya'", 1, "changed"),
        ("DELETE FROM consent_consentevent WHERE seq = 2", 2, "missing"),
        ("DELETE FROM consent_consentevent WHERE seq = 1", 1, "missing"),
        ("DELETE FROM consent_consentevent WHERE seq >= 6", 6, "missing"),
        ("DELETE FROM consent_consentevent", 1, "missing"),
        (
            "UPDATE consent_consenthead h SET seq = 5, hash = e.hash FROM consent_consentevent e WHERE e.seq = 5",
            6,
            "extra",
        ),
        ("UPDATE consent_consenthead SET hash = repeat('0', 64)", 6, "end"),
        ("DELETE FROM consent_consenthead", 1, "extra"),
    ],
    undone=True,
)
def test_tampering_is_found(shop: Workspace, change: str, seq: int, kind: str) -> None:
    tamper(change)
    broken = verify(shop).broken
    assert broken is not None
    assert (broken.seq, broken.kind) == (seq, kind)
    result = run("--workspace", str(shop.pk))
    assert result.exit_code == 1
    assert f"RUSAK. Catatan nomor {seq} " in result.output


def test_swapped_entries_are_found(shop: Workspace) -> None:
    tamper("UPDATE consent_consentevent SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE seq IN (2, 3)")
    tamper("UPDATE consent_consentevent SET seq = -seq WHERE seq < 0")
    broken = verify(shop).broken
    assert broken is not None
    assert (broken.seq, broken.kind) == (2, "changed")


def test_hole_that_was_closed_by_renumbering_is_found(shop: Workspace) -> None:
    tamper("DELETE FROM consent_consentevent WHERE seq = 3")
    for seq in (4, 5, 6):
        tamper("UPDATE consent_consentevent SET seq = %s WHERE seq = %s", seq - 1, seq)
    broken = verify(shop).broken
    assert broken is not None
    assert (broken.seq, broken.kind) == (3, "changed")


def test_state_that_is_not_the_last_entry_is_found(shop: Workspace) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE consent_consent SET state = 'granted' WHERE state = 'withdrawn'")
    verdict = verify(shop)
    assert verdict.broken is None
    assert verdict.stray == (ConsentEvent.objects.get(seq=6).contact_id, "marketing")
    assert run().exit_code == 1


def test_one_broken_shop_does_not_hide_another(shop: Workspace) -> None:
    other = make_workspace("Lain")
    give_consent(other, make_people(other, 2))
    tamper("DELETE FROM consent_consentevent WHERE workspace_id = %s AND seq = 1", other.pk)
    output = run().output
    assert "utuh, 6 catatan" in output
    assert "Lain" in output.split("RUSAK")[0].splitlines()[-1]


def test_unknown_workspace_is_reported() -> None:
    result = run("--workspace", "99999999")
    assert result.exit_code == 1
    assert "Tidak ada toko bernomor 99999999" in result.output
