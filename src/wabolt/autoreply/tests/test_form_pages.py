"""The pages of chat forms."""

import pytest
from django.test import Client

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.autoreply.models import ChatForm, ChatFormRun
from wabolt.autoreply.queries.chat_forms import current_version
from wabolt.autoreply.recipes import FORM_RECIPES
from wabolt.autoreply.rules.asking import read_questions
from wabolt.autoreply.tests.factories import make_chat_form
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Field
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging.models import Conversation

pytestmark = pytest.mark.django_db
HEAD = {"name": "Ukuran", "intro": "Hai", "thanks": ""}
SIZE = {"q-1-key": "", "q-1-text": "Ukurannya?", "q-1-target": "field:ukuran", "q-1-choices": "S, M, L"}
CITY = {"q-2-key": "", "q-2-text": "Kotanya?", "q-2-target": "city", "q-2-choices": "", "q-2-optional": "on"}
FORM = HEAD | SIZE | CITY


@pytest.fixture
def workspace() -> Workspace:
    workspace = make_workspace()
    create_defaults(workspace=workspace)
    return workspace


@pytest.fixture
def client(workspace: Workspace) -> Client:
    return signed_in(workspace)


def test_a_form_is_made_changed_switched_and_deleted(client: Client, workspace: Workspace) -> None:
    assert "Klub ulang tahun" in client.get("/auto-replies/forms/").content.decode()
    made = client.post("/auto-replies/forms/new/", {**FORM, "then-0-action": "contacts.tag", "then-0-tag": "Lengkap"})
    form = ChatForm.objects.get()
    assert made.headers["Location"] == f"/auto-replies/forms/{form.pk}/"
    version = current_version(form)
    assert [(one.key, one.kind, one.optional) for one in read_questions(version.questions)] == [
        ("q1", "choice", False), ("q2", "city", True),
    ]  # fmt: skip
    assert Field.objects.filter(workspace=workspace, key="ukuran").exists()
    page = client.get(made.headers["Location"]).content.decode()
    assert "Beri label “Lengkap”" in page
    edit = f"/auto-replies/forms/{form.pk}/edit/"
    shown = client.get(edit).context["editor"]
    posted = {"q-1-key": "q2", "q-1-text": "Kota?", "q-1-target": "city", "version": shown.head["version"].value()}
    assert client.post(edit, {**HEAD, **posted}).status_code == 302
    form.refresh_from_db()
    assert form.version == 2
    assert [one.key for one in read_questions(current_version(form).questions)] == ["q2"]
    for action in ("off", "on", "delete"):
        client.post(f"/auto-replies/forms/{form.pk}/change/", {"action": action})
    assert client.get(f"/auto-replies/forms/{form.pk}/").status_code == 404
    actions = set(AuditEntry.objects.filter(action__endswith="_form").values_list("action", flat=True))
    assert actions == {"autoreply.create_form", "autoreply.update_form", "autoreply.delete_form"}


@pytest.mark.parametrize("recipe", FORM_RECIPES, ids=lambda recipe: recipe.key)
def test_each_recipe_can_be_saved_as_it_is(client: Client, recipe: object) -> None:
    key = recipe.key  # type: ignore[attr-defined]
    editor = client.get(f"/auto-replies/forms/new/?recipe={key}").context["editor"]
    posted = {name: editor.head[name].value() for name in ("name", "intro", "thanks")}
    for row in editor.rows:
        posted |= {bound.html_name: bound.value() or "" for bound in row.form}
    for row in editor.then.rows:
        posted |= {row.name: row.action.key} | {bound.html_name: bound.value() for bound in row.form}
    assert client.post("/auto-replies/forms/new/", posted).status_code == 302
    assert len(read_questions(current_version(ChatForm.objects.get()).questions)) == len(recipe.questions)  # type: ignore[attr-defined]


def test_two_members_do_not_overwrite_each_other(client: Client, workspace: Workspace) -> None:
    form = make_chat_form(workspace)
    edit = f"/auto-replies/forms/{form.pk}/edit/"
    version = client.get(edit).context["editor"].head["version"].value()
    assert client.post(edit, {**FORM, "version": version}).status_code == 302
    assert client.post(edit, {**FORM, "name": "Lain", "version": version}).status_code == 422
    form.refresh_from_db()
    assert form.name == "Ukuran"


def test_questions_are_added_moved_and_removed_without_scripts(client: Client) -> None:
    def shown(**button: str) -> list[str]:
        page = client.post("/auto-replies/forms/new/", {**FORM, **button})
        assert page.status_code == 200
        assert "is-invalid" not in page.content.decode()
        return [row.form["text"].value() for row in page.context["editor"].rows]

    assert shown(add="1") == ["Ukurannya?", "Kotanya?", ""]
    assert shown(up="2") == ["Kotanya?", "Ukurannya?"]
    assert shown(down="1") == ["Kotanya?", "Ukurannya?"]
    assert shown(drop="1") == ["Kotanya?"]
    assert shown(drop="99") == ["Ukurannya?", "Kotanya?"]
    assert shown(drop="x") == ["Ukurannya?", "Kotanya?"]
    assert not ChatForm.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "is-invalid"),
        ({"q-1-text": ""}, "is-invalid"),
        ({"q-1-target": "nope"}, "is-invalid"),
        ({"q-1-text": "{{ contact.first_nam }}"}, "first_nam"),
        ({"intro": "{% if %}"}, "is-invalid"),
        ({"q-1-target": "own:choice", "q-1-choices": "satu"}, "dua pilihan"),
        ({"q-1-choices": ",".join(map(str, range(30)))}, "20 pilihan"),
        ({"q-1-target": "city", "q-1-choices": ""}, "sudah ditanyakan"),
        ({"then-0-action": "contacts.tag", "then-0-tag": ""}, "is-invalid"),
    ],
)
def test_nonsense_is_refused_next_to_its_field(client: Client, changes: dict[str, str], words: str) -> None:
    page = client.post("/auto-replies/forms/new/", {**FORM, **changes})
    assert page.status_code == 422
    assert words in page.content.decode()
    assert not ChatForm.objects.exists()


def test_the_preview_shows_the_chat_as_it_is_typed(client: Client) -> None:
    page = client.post("/auto-replies/forms/preview/", FORM).content.decode()
    assert page.index("Hai") < page.index("Ukurannya?") < page.index("1. S") < page.index("Kotanya?")
    assert "<html" not in page
    assert client.post("/auto-replies/forms/preview/", {"q-1-target": "x", "q-1-text": "{{"}).status_code == 200


def test_a_form_is_tried_in_words(client: Client, workspace: Workspace) -> None:
    form = make_chat_form(workspace)
    address = f"/auto-replies/forms/{form.pk}/"
    page = client.get(address, {"said": ["hmm", "17 agustus 95", "bdg", "cewek"]}).content.decode()
    assert page.index("Contohnya") < page.index("Tinggal di kota mana?") < page.index("Makasih ya Kak!")
    assert "Tulis *batal*" not in client.get(address).content.decode()
    assert "tidak jadi" in client.get(address, {"said": ["batal"]}).content.decode()
    assert "lanjutkan" in client.get(address, {"said": ["x"] * 40}).content.decode()
    assert client.get(address, {"said": ["<script>alert(1)</script>" * 50]}).status_code == 200


def test_a_member_starts_a_form_in_a_conversation(client: Client, workspace: Workspace) -> None:
    form = make_chat_form(workspace)
    contact = make_contact(workspace)
    conversation = Conversation.objects.create(
        workspace=workspace, channel=make_channel(workspace), contact=contact, last_inbound_at=clock.now()
    )
    address = f"/contacts/{contact.pk}/?tab=conversation"
    assert "Mulai tanya" in client.get(address).content.decode()
    start = f"/auto-replies/conversations/{conversation.pk}/ask/"
    assert client.post(start, {"form": str(form.pk), "next": address}).headers["Location"] == address
    assert ChatFormRun.objects.get().started_by == "member"
    assert "pertanyaan 1 dari 3" in client.get(address).content.decode()
    other = make_chat_form(make_workspace("Lain"))
    for unknown in ("0", "x", "9" * 30, str(other.pk)):
        client.post(start, {"form": unknown})
    assert ChatFormRun.objects.count() == 1


def test_a_rule_is_offered_for_a_form(client: Client, workspace: Workspace) -> None:
    form = make_chat_form(workspace)
    page = client.get(f"/auto-replies/new/?form={form.pk}")
    assert [row.action.key for row in page.context["actions"].rows] == ["autoreply.start_form"]
    posted = {"phrases": "ultah", "answer_1": "", "reach": "4", "when": "always"}
    then = {"then-0-action": "autoreply.start_form", "then-0-form": str(form.pk)}
    refused = client.post("/auto-replies/new/", {**posted, **then, "answer_1": "Hai"})
    assert "Kosongkan" in refused.content.decode()
    assert client.post("/auto-replies/new/", {**posted, **then}).status_code == 302
    assert "Mulai tanya-jawab “Klub ulang tahun”" in client.get("/auto-replies/").content.decode()
