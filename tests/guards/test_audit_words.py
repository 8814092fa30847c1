"""Audit entries are shown as sentences, without internal keys and without e-mail addresses."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import wabolt
from wabolt.accounts import audit_text, registry, services
from wabolt.accounts.models import AuditEntry, Membership, Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace, signed_in
from wabolt.alerts.models import MailServer
from wabolt.contacts.tests.factories import make_contact
from wabolt.ui import navigation

SOURCE = Path(wabolt.__file__).parent
BY_VERB = {
    "f'channel.{kind}'": ("pair", "cancel", "reconnect", "logout", "profile"),
}
"""Audit actions whose last word is chosen at run time."""
MAY_RECORD = re.compile(r"audit|_AUDITED|\baction\b")
"""Each file with an expression of `_given` contains one of these."""


DOWNLOADS = {"contact.export", "broadcast.export", "backup.download", "breach.letter", "import.rejected"}
"""Actions that only read. A page records them, because no service writes anything then."""


def test_services_record_their_entries() -> None:
    """A page, the API and a job then leave the same entry."""
    found = {name: actions - DOWNLOADS for name, actions in _recorded().items() if "views" in name}
    assert not {name: actions for name, actions in found.items() if actions}


WITHOUT_DATA_OF_PEOPLE = {
    "backups/views.py key_file": "the recovery key, which the page shows as well",
    "optin/print_views.py print_file": "a poster",
    "optin/views.py qr": "the QR code of a placement",
}
"""{view that answers with a file: the reason why it leaves no entry}."""


DOWNLOAD = re.compile("attachment;|'attachment'|as_attachment")
"""The header of an answer that the browser saves, in the dump of a syntax tree."""


def test_every_download_of_members_leaves_an_entry() -> None:
    silent = set()
    for path in SOURCE.rglob("*.py"):
        name = path.relative_to(SOURCE).as_posix()
        if {"tests", "migrations", "lib"} & set(path.parts) or "attachment" not in (text := path.read_text("utf-8")):
            continue
        for view in ast.parse(text).body:
            if isinstance(view, ast.FunctionDef) and DOWNLOAD.search(ast.dump(view)):
                words = {getattr(node, "id", "") for node in ast.walk(view)}
                if not words & {"record_audit", "public"}:
                    silent.add(f"{name} {view.name}")
    assert silent == set(WITHOUT_DATA_OF_PEOPLE)


@cache
def _recorded() -> dict[str, set[str]]:
    """{source file: the audit actions that it records}."""
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        name = path.relative_to(SOURCE).as_posix()
        if {"tests", "migrations"} & set(path.parts) or name.endswith("/audit.py"):
            continue
        text = path.read_text(encoding="utf-8")
        if not MAY_RECORD.search(text):
            continue
        actions: set[str] = set()
        for node in ast.walk(ast.parse(text)):
            for given in _given(node):
                actions |= _actions(given, name)
        if actions:
            found[name] = actions
    return found


def _given(node: ast.AST) -> list[ast.expr]:
    """The expressions that may name an action: arguments of a call that records an entry, and values of the variable
    `action` or of the table `_AUDITED`."""
    if isinstance(node, ast.Call) and "audit" in str(getattr(node.func, "id", getattr(node.func, "attr", ""))):
        return [*node.args, *(word.value for word in node.keywords if word.arg in {None, "action"})]
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if {getattr(target, "id", "") for target in targets} & {"action", "_AUDITED"}:
            return [node.value]
    return []


def _actions(given: ast.expr, name: str) -> set[str]:
    found: set[str] = set()
    for part in ast.walk(given):
        if not isinstance(part, ast.Constant | ast.JoinedStr):
            continue
        argument = ast.unparse(part)
        if argument in BY_VERB:
            found |= {f"{argument[2:].split('.')[0]}.{verb}" for verb in BY_VERB[argument]}
        elif re.fullmatch(r"'[a-z_]+\.[a-z_]+'", argument):
            found.add(argument.strip("'"))
        else:
            assert not re.match(r"f'[a-z_]+\.\{", argument), f"{argument} in {name}: name its verbs here"
    return found


def test_every_action_has_words() -> None:
    recorded = {action for actions in _recorded().values() for action in actions}
    assert len(recorded) > 100
    assert not sorted(action for action in recorded if str(registry.action_name(action)) == action)


def test_every_registered_action_is_recorded() -> None:
    """An action that is only registered has words and no entry: the call was forgotten."""
    sources = [path for path in SOURCE.rglob("*.py") if not {"tests", "migrations"} & set(path.parts)]
    named = Counter(re.findall(r'"([a-z_]+\.[a-z_]+)"', "\n".join(path.read_text("utf-8") for path in sources)))
    by_verb = {f"{told[2:].split('.')[0]}.{verb}" for told, verbs in BY_VERB.items() for verb in verbs}
    assert not {action for action in registry.actions() if named[action] < 2} - by_verb


@pytest.fixture
def workspace(db: None) -> Workspace:
    return make_workspace()


def told(workspace: Workspace, action: str, **kept: object) -> audit_text.EntryText:
    entry = services.record_audit(
        workspace=workspace, actor=services.Actor("Sari <sari@example.com>"), action=action, data=kept
    )
    return audit_text.describe(workspace, [entry])[0]


@pytest.mark.parametrize(
    ("action", "kept", "name", "details"),
    [
        ("member.change_role", {"from": "agent", "to": "manager", "name": "Rudi"}, "Rudi",
         "dari Petugas menjadi Manajer"),
        ("member.invite", {"name": "Rudi", "role": "viewer"}, "Rudi", "Pengamat"),
        ("workspace.update", {"timezone": ["Asia/Jakarta", "Asia/Makassar"], "language": ["id", "en"]}, "",
         ("Zona waktu: dari WIB menjadi WITA · "
         "Bahasa: dari Bahasa Indonesia menjadi Bahasa Inggris")),
        ("channel.settings", {"quiet_from": ["20:00:00", "21:30:00"], "warm_up": ["True", "False"],
                              "daily_cap": ["200", "5000"]}, "",
         ("Jam tenang mulai: dari 20.00 menjadi 21.30 · Pemanasan: dari ya menjadi tidak · "
         "Promo per hari: dari 200 menjadi 5.000")),
        ("contact.tag", {"count": 1204, "labels": ["VIP", "reseller"]}, "", "1.204 kontak · Label: VIP, reseller"),
        ("contact.erase", {"count": 3, "ids": [1, 2, 3]}, "", "3 kontak"),
        ("keyword.add", {"word": "UDAHAN", "means": "stop"}, "", "“UDAHAN” · kata berhenti"),
        ("channel.cloud_account", {"phone_number_id": "1", "waba_id": "2", "new_token": True}, "", "token akses baru"),
        ("contact.merge", {"merge": 1, "contact": 2}, "", ""),
        ("channel.pause", {"reason": "x" * 500}, "", f"“{'x' * 120}…”"),
    ],
)  # fmt: skip
def test_entry_is_told_in_words(
    workspace: Workspace, action: str, kept: dict[str, object], name: str, details: str
) -> None:
    found = told(workspace, action, **kept)
    assert (found.name, found.details, found.who) == (name, details, "Sari")


def test_thing_is_named_and_linked_while_it_is_there(workspace: Workspace) -> None:
    mine, other = make_contact(workspace, name="Ayu"), make_contact(make_workspace("Lain"), name="Asing")
    for contact in (mine, other):
        services.record_audit(
            workspace=workspace, actor=services.Actor("x"), action="contact.update", target=("contact", contact.pk)
        )
    of_mine, of_other = audit_text.describe(
        workspace, list(AuditEntry.objects.filter(action="contact.update").order_by("pk"))
    )
    assert (of_mine.name, of_mine.url) == ("Ayu", f"/contacts/{mine.pk}/")
    assert (of_other.name, of_other.url) == ("", "")


def test_programs_are_called_by_a_name(workspace: Workspace) -> None:
    services.record_audit(workspace=workspace, actor=services.Actor("command line"), action="user.set_password")
    services.record_audit(workspace=workspace, action="demo.load")
    assert [row.who for row in audit_text.describe(workspace, list(AuditEntry.objects.order_by("pk")))] == [
        "Baris perintah",
        "WABolt",
    ]


def test_audit_page_runs_one_query_per_kind_of_object(workspace: Workspace, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    for _number in range(3):
        contact = make_contact(workspace)
        services.record_audit(
            workspace=workspace, actor=services.Actor("x"), action="contact.create", target=("contact", contact.pk)
        )
    entries = list(AuditEntry.objects.all())
    with django_assert_num_queries(1):
        audit_text.describe(workspace, entries)


def test_page_shows_no_key_of_ours(workspace: Workspace) -> None:
    owner = make_member(workspace, "owner", "o@example.com")
    membership = Membership.objects.get(user=make_member(workspace, "agent", "r@example.com"))
    services.change_role(membership=membership, role="manager", by=owner)
    page = signed_in(workspace, "manager").get("/settings/audit/").content.decode()
    assert "dari Petugas menjadi Manajer" in page
    assert "from:" not in page
    assert "member.change_role" not in page


def test_changed_settings_show_names_and_no_gap_for_an_empty_value(workspace: Workspace) -> None:
    text = told(workspace, "mail_server.change", security=["starttls", "none"], username=["toko", ""]).details
    assert "starttls" not in text
    assert "menjadi none" not in text
    assert "dari toko menjadi kosong" in text
    assert "dari" not in told(workspace, "mail_server.change", host=["", "smtp.toko.example"]).details
    assert (
        "dari WIB menjadi WITA"
        in told(workspace, "workspace.update", timezone=["Asia/Jakarta", "Asia/Makassar"]).details
    )


def test_every_choice_of_a_mail_server_has_a_name() -> None:
    assert not [value for value in MailServer.Security.values if registry.value_name(value) == value]


def test_every_entry_of_the_page_more_has_a_hint() -> None:
    items = [item for item in navigation.registered() if not item.phone_bar]
    assert not [item.key for item in items if not item.hint]
