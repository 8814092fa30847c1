"""The pages of automatic replies."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.autoreply.models import ConversationMode, ReplyRule, UnansweredMessage
from wabolt.autoreply.tests.factories import make_chat_form, make_rule
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.services import create_defaults
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.media.models import MediaFile
from wabolt.media.queries import reference_of
from wabolt.media.tests.factories import make_media, picture_bytes
from wabolt.messaging.models import Conversation, Message
from wabolt.messaging.queries import shown_conversation
from wabolt.segments.queries import tree_from_text
from wabolt.segments.services import create_segment

pytestmark = pytest.mark.django_db
FORM = {"phrases": "harga, berapa", "answer_1": "Mulai Rp50.000", "reach": "4", "when": "always", "name": ""}


@pytest.fixture
def workspace() -> Workspace:
    workspace = make_workspace()
    create_defaults(workspace=workspace)
    return workspace


@pytest.fixture
def client(workspace: Workspace) -> Client:
    return signed_in(workspace)


def ask(workspace: Workspace, text: str, words: str) -> UnansweredMessage:
    """A message that no rule answered."""
    channel = make_channel(workspace)
    contact = make_contact(workspace)
    message = Message.objects.create(
        workspace=workspace, channel=channel, contact=contact, direction="inbound", state="received", text=text
    )
    return UnansweredMessage.objects.create(workspace=workspace, contact=contact, message=message, words=words)


def test_a_rule_is_made_tried_changed_and_deleted(client: Client, workspace: Workspace) -> None:
    assert "Aturan sendiri" in client.get("/auto-replies/").content.decode()
    assert "Mulai" not in client.get("/auto-replies/try/?text=hrg").content.decode()
    assert client.post("/auto-replies/new/", FORM).status_code == 302
    rule = ReplyRule.objects.get()
    assert (rule.name, rule.phrases) == ("harga", ["harga", "berapa"])
    tried = client.get("/auto-replies/try/?text=hrg+dong").content.decode()
    assert "Mulai Rp50.000" in tried
    assert "seluruh pesannya “harga”" in tried
    assert client.post(f"/auto-replies/{rule.pk}/", {**FORM, "answer_1": "Mulai Rp60.000"}).status_code == 302
    assert "Mulai Rp60.000" in client.get("/auto-replies/").content.decode()
    client.post(f"/auto-replies/{rule.pk}/change/", {"action": "delete"})
    assert client.get(f"/auto-replies/{rule.pk}/").status_code == 404
    actions = set(AuditEntry.objects.filter(action__startswith="autoreply").values_list("action", flat=True))
    assert actions == {"autoreply.create_rule", "autoreply.update_rule", "autoreply.delete_rule"}


def test_a_recipe_fills_the_form(client: Client) -> None:
    page = client.get("/auto-replies/new/?recipe=hours").content.decode()
    assert "jam buka, buka, tutup, alamat, lokasi" in page


def test_the_first_rule_says_where_a_menu_comes_from(client: Client, workspace: Workspace) -> None:
    first = client.get("/auto-replies/new/").content.decode()
    assert "menuju aturan lain" in first
    assert '<label class="form-label" for="id_answer_1">Balas dengan</label>' in first, "not marked as optional"
    make_rule(workspace, "harga")
    page = client.get("/auto-replies/new/").content.decode()
    assert 'name="menu_1"' in page
    assert "menuju aturan lain" not in page


def test_recipes_stay_in_reach_until_a_rule_has_their_words(client: Client, workspace: Workspace) -> None:
    """An owner who made one rule comes back for the next one, a week later."""
    for made, offered in ((), 5), (("harga",), 4), (("harga", "Ongkir"), 3):
        for phrase in made[-1:]:
            make_rule(workspace, phrase)
        page = client.get("/auto-replies/").content.decode()
        assert page.count("?recipe=") == offered
    assert "?recipe=price" not in page
    assert "?recipe=hours" in page
    assert "?recipe=" not in signed_in(workspace, role="viewer").get("/auto-replies/").content.decode()


def test_the_answers_are_shown_as_a_customer_reads_them(client: Client, workspace: Workspace) -> None:
    make_contact(workspace, name="Dewi Lestari")
    price = make_rule(workspace, "harga", name="Daftar harga")
    typed = {"answer_1": "Halo {{ contact.first_name }}!", "menu_1": [str(price.pk), "999"], "answer_2": "Hai kak"}
    shown = client.post("/auto-replies/bubbles/", typed).content.decode()
    bubbles = re.findall(r'wb-bubble-text"[^>]*>(.*?)</div>', shown, re.DOTALL)
    assert len(bubbles) == 2
    assert "contact.first_name" not in shown
    assert "1. Daftar harga" in bubbles[0]
    assert "999" not in shown
    wrong = client.post("/auto-replies/bubbles/", {"answer_1": "{{ contact.first_nam }}"}).content.decode()
    assert "first_nam" in wrong
    assert "wb-bubble" not in wrong
    assert "wb-bubble" not in client.get("/auto-replies/new/").content.decode()
    assert "wb-bubble" in client.get("/auto-replies/new/?recipe=hours").content.decode()
    assert ReplyRule.objects.count() == 1


NONSENSE = (
    ({"phrases": ""}, "is-invalid"),
    ({"phrases": "?!, 👍"}, "paling sedikit satu kata"),
    ({"phrases": "harga, STOP"}, "selalu didahulukan"),
    ({"phrases": "gabung"}, "selalu didahulukan"),
    ({"phrases": "admin"}, "selalu sampai ke tim"),
    ({"answer_1": ""}, "Tulis balasannya dulu"),
    ({"answer_1": "{{ contact.first_nam }}"}, "first_nam"),
    ({"answer_1": "Alamatnya di …"}, "Tulis dulu bagian"),
    ({"answer_1": "{% if %}"}, ""),
    ({"reach": "9"}, "9"),
    ({"phrases": "x" * 61}, "60 huruf"),
)
"""The changed fields of the form, and a part of the refusal."""


def test_nonsense_is_refused_in_words_and_changes_nothing(client: Client) -> None:
    for changes, words in NONSENSE:
        page = client.post("/auto-replies/new/", {**FORM, **changes})
        assert page.status_code == 422, changes
        assert words in page.content.decode(), changes
    assert not ReplyRule.objects.exists()


def test_a_file_goes_with_the_answer_and_is_kept_through_errors(client: Client, workspace: Workspace) -> None:
    picture = SimpleUploadedFile("daftar.jpg", picture_bytes(), content_type="image/jpeg")
    refused = client.post("/auto-replies/new/", {**FORM, "phrases": "", "file_1": picture})
    assert refused.status_code == 422
    (kept,) = re.findall(r'name="file_kept_1" value="([^"]+)"', refused.content.decode())
    foreign = reference_of(make_media(make_workspace("Lain"), picture_bytes(colour="blue")))
    for name, attached in (("A", foreign), ("B", kept)):
        form = {**FORM, "name": name, "phrases": f"katalog {name}", "file_kept_1": attached}
        assert client.post("/auto-replies/new/", form).status_code == 302
    files = {rule.name: rule.answers.get().content.media_id for rule in ReplyRule.objects.all()}
    assert files == {"A": None, "B": MediaFile.objects.get(workspace=workspace).pk}
    assert "/media/" in client.get("/auto-replies/try/?text=katalog+B").content.decode()
    rule = ReplyRule.objects.get(name="B")
    without = {**FORM, "file_kept_1": kept, "drop_file_1": "on"}
    assert client.post(f"/auto-replies/{rule.pk}/", without).status_code == 302
    assert rule.answers.get().content.media_id is None


def test_rules_are_moved_and_switched(client: Client, workspace: Workspace) -> None:
    first, second = make_rule(workspace, "harga"), make_rule(workspace, "ongkir")
    client.post(f"/auto-replies/{second.pk}/change/", {"action": "up"})
    client.post(f"/auto-replies/{first.pk}/change/", {"action": "off"})
    assert list(ReplyRule.objects.values_list("pk", "is_on")) == [(second.pk, True), (first.pk, False)]


def test_a_rule_that_never_answers_is_marked(client: Client, workspace: Workspace) -> None:
    make_rule(workspace, "harga", name="Yang pertama")
    make_rule(workspace, "HARGAA")
    assert "Tidak pernah menjawab: “Yang pertama”" in client.get("/auto-replies/").content.decode()


@pytest.mark.parametrize("page", ["/auto-replies/new/?recipe=info", "/auto-replies/forms/new/?recipe=birthday"])
def test_variables_of_a_text_are_words(client: Client, page: str) -> None:
    html = client.get(page).content.decode()
    assert "data-tokens" in html
    assert 'data-variable="contact.first_name"' in html
    assert 'data-variable="voucher.code"' not in html, "a voucher comes with a broadcast or journey"


def test_the_list_says_when_and_for_whom_a_rule_answers(client: Client, workspace: Workspace) -> None:
    make_rule(workspace, "harga")
    assert "Hanya" not in client.get("/auto-replies/").content.decode()
    tree = tree_from_text(workspace, "pesanan >= 2")
    segment = create_segment(workspace=workspace, name="Pelanggan setia", tree=tree)
    make_rule(workspace, "ongkir", weekdays=[0, 1, 2, 3, 5], when="closed", segment=segment)
    make_rule(workspace, "katalog", weekdays=[4, 5])
    page = client.get("/auto-replies/").content.decode()
    assert "Hanya Senin–Kamis, Sabtu · Di luar jam buka · Untuk “Pelanggan setia”" in page
    assert "Hanya Jumat, Sabtu" in page


def test_unanswered_messages_are_grouped_and_become_a_rule(client: Client, workspace: Workspace) -> None:
    asked = {"bahannya apa kak": "bahan apa", "apa bahannya": "apa bahan", "bisa bungkus kado?": "bisa bungkus kado"}
    rows = [ask(workspace, text, words) for text, words in asked.items()]
    page = client.get("/auto-replies/unanswered/").content.decode()
    assert page.index("2 pelanggan menanyakan ini") < page.index("1 pelanggan menanyakan ini")
    settles = f"{rows[1].pk},{rows[0].pk}"
    assert f"settles={settles}" in page
    assert client.post("/auto-replies/new/", {**FORM, "phrases": "bahan apa", "settles": settles}).status_code == 302
    assert list(UnansweredMessage.objects.filter(settled_at=None)) == [rows[2]]
    rule = ReplyRule.objects.get()
    added = {"rule": str(rule.pk), "phrase": "bungkus kado", "settles": str(rows[2].pk)}
    assert client.post("/auto-replies/unanswered/", added).status_code == 302
    rule.refresh_from_db()
    assert rule.phrases == ["bahan apa", "bungkus kado"]
    assert not UnansweredMessage.objects.filter(settled_at=None).exists()


def test_unanswered_messages_of_another_shop_are_untouched(client: Client) -> None:
    other = ask(make_workspace("Lain"), "bahannya apa", "bahan apa")
    assert "bahannya" not in client.get("/auto-replies/unanswered/").content.decode()
    client.post("/auto-replies/unanswered/", {"settles": str(other.pk)})
    other.refresh_from_db()
    assert other.settled_at is None


def test_the_conversation_says_who_answers(client: Client, workspace: Workspace) -> None:
    make_rule(workspace, "harga")
    contact = make_contact(workspace)
    conversation = Conversation.objects.create(workspace=workspace, channel=make_channel(workspace), contact=contact)
    address = f"/contacts/{contact.pk}/?tab=conversation"
    assert "Dijawab otomatis" in client.get(address).content.decode()
    mode = f"/auto-replies/conversations/{conversation.pk}/"
    assert client.post(mode, {"mode": "take_over", "next": address}).headers["Location"] == address
    assert "Kembalikan ke otomatis" in client.get(address).content.decode()
    client.post(mode, {"mode": "hand_back", "next": "https://evil.example/"})
    assert "Dijawab otomatis" in client.get(address).content.decode()
    assert ConversationMode.objects.get().taken_over_until is None


def test_a_page_acts_on_the_conversation_that_it_shows(workspace: Workspace) -> None:
    """The customer wrote to the first number, and later to the second one."""
    make_rule(workspace, "harga")
    chat_form = make_chat_form(workspace)
    contact, now = make_contact(workspace), clock.now()
    first, second = (
        Conversation.objects.create(
            workspace=workspace, channel=make_channel(workspace, name=name), contact=contact,
            last_message_at=now - timedelta(hours=age), last_inbound_at=now - timedelta(hours=age),
        )
        for name, age in (("Toko lama", 3), ("Toko baru", 1))
    )  # fmt: skip
    agent = signed_in(workspace, "agent")
    for page, shown in (
        (f"/inbox/{first.pk}/", first),
        (f"/inbox/{second.pk}/", second),
        (f"/contacts/{contact.pk}/?tab=conversation", second),
    ):
        text = agent.get(page).content.decode()
        assert f"/auto-replies/conversations/{shown.pk}/" in text
        number = f'name="number" value="{shown.channel_id}"'
        assert number in text
        agent.post(f"/conversations/{contact.pk}/", {"text": f"Dari {page}", "number": str(shown.channel_id)})
        assert Message.objects.latest("pk").channel_id == shown.channel_id
    start = f"/auto-replies/conversations/{first.pk}/ask/"
    assert f'action="{start}"' in agent.get(f"/inbox/{first.pk}/").content.decode()
    agent.post(start, {"form": str(chat_form.pk)})
    assert "pertanyaan 1" in agent.get(f"/inbox/{first.pk}/").content.decode()
    assert "pertanyaan 1" not in agent.get(f"/inbox/{second.pk}/").content.decode()
    agent.post(f"/ways-in/offer/{contact.pk}/", {"number": str(first.channel_id)})
    assert Message.objects.latest("pk").channel_id == first.channel_id


def test_all_panels_of_a_page_read_its_conversation_with_one_query(workspace: Workspace) -> None:
    contact = make_contact(workspace)
    conversation = Conversation.objects.create(workspace=workspace, channel=make_channel(workspace), contact=contact)
    request = RequestFactory().get("/")
    with CaptureQueriesContext(connection) as queries:
        found = [shown_conversation(request, contact) for _panel in range(3)]
    assert found == [conversation] * 3
    assert sum('FROM "messaging_conversation"' in query["sql"] for query in queries) == 1


def test_a_rule_is_for_some_weekdays(client: Client) -> None:
    given = {**FORM, "weekdays": ["6", "5"]}
    assert client.post("/auto-replies/new/", given).status_code == 302
    rule = ReplyRule.objects.get()
    assert rule.weekdays == [5, 6]
    page = client.get(f"/auto-replies/{rule.pk}/").content.decode()
    assert re.search(r'value="6"[^>]*checked', page)
    assert client.post(f"/auto-replies/{rule.pk}/", {**given, "weekdays": ["7"]}).status_code == 422
    client.post(f"/auto-replies/{rule.pk}/", {**given, "weekdays": [str(day) for day in range(7)]})
    rule.refresh_from_db()
    assert rule.weekdays == [], "all days are no condition"


def test_settings_are_saved(client: Client) -> None:
    form = {"is_on": "on", "silence_minutes": "60", "away_text": "Kami tutup", "handover_text": ""}
    assert client.post("/auto-replies/settings/", form).status_code == 302
    assert "Kami tutup" in client.get("/auto-replies/settings/").content.decode()
    assert client.post("/auto-replies/settings/", {**form, "silence_minutes": "-5"}).status_code == 422


def test_the_price_of_a_reply_is_shown_for_numbers_that_are_charged(client: Client, workspace: Workspace) -> None:
    make_channel(workspace)
    rule = make_rule(workspace, "harga")
    assert "Rp325" not in client.get(f"/auto-replies/{rule.pk}/").content.decode()
    make_channel(workspace, provider="cloud", name="Cloud", phone="+6281100000077")
    for address in (f"/auto-replies/{rule.pk}/", "/auto-replies/new/", "/auto-replies/try/?text=harga"):
        assert "sekitar Rp325" in client.get(address).content.decode()


def test_two_tabs_take_over_and_hand_back(workspace: Workspace) -> None:
    """The later click decides, and a click on a stale page does no harm."""
    make_rule(workspace, "harga")
    contact = make_contact(workspace)
    conversation = Conversation.objects.create(workspace=workspace, channel=make_channel(workspace), contact=contact)
    one, other = signed_in(workspace), signed_in(workspace, "agent")
    url = f"/auto-replies/conversations/{conversation.pk}/"
    for client, mode in ((one, "take_over"), (other, "take_over"), (one, "hand_back"), (other, "hand_back")):
        assert client.post(url, {"mode": mode}).status_code == 302
    assert ConversationMode.objects.get().taken_over_until is None
    assert signed_in(workspace, "viewer").post(url, {"mode": "take_over"}).status_code == 403


def test_the_conversation_says_that_a_machine_is_left_alone(client: Client, workspace: Workspace) -> None:
    make_rule(workspace, "harga")
    contact = make_contact(workspace)
    conversation = Conversation.objects.create(workspace=workspace, channel=make_channel(workspace), contact=contact)
    ConversationMode.objects.create(conversation=conversation, machine_at=clock.now())
    page = client.get(f"/contacts/{contact.pk}/?tab=conversation").content.decode()
    assert "Sepertinya mesin juga" in page
    client.post(f"/auto-replies/conversations/{conversation.pk}/", {"mode": "hand_back"})
    assert "Dijawab otomatis" in client.get(f"/contacts/{contact.pk}/?tab=conversation").content.decode()
