"""Pages in frames of other websites: only where the shop allows it, and never a page of a member."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.optin.events.tests.factories import make_event
from wabolt.optin.framing import WAYS, snippet
from wabolt.optin.giveaways.tests.factories import make_giveaway
from wabolt.optin.models import EntryPoint, OptinSettings
from wabolt.optin.rules.links import origin_of
from wabolt.optin.services import Submission, set_embedding, submit_entry
from wabolt.optin.tests.factories import make_point


@pytest.fixture
def channel(db: None) -> Channel:
    return make_channel(make_workspace("Gaya Nusantara"))


def page(point: EntryPoint) -> str:
    return reverse("optin:join", args=[point.slug])


def ancestors(client: Client, address: str) -> tuple[str, str]:
    """The sites that may frame a page: of its policy, and of the old header."""
    answer = client.get(address)
    policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    return policy["frame-ancestors"], answer.get("X-Frame-Options", "")


def test_no_page_can_be_framed_until_the_shop_allows_it(channel: Channel, client: Client) -> None:
    point = make_point(channel, kind="form")
    for address in (page(point), f"{page(point)}?embed=1"):
        assert ancestors(client, address) == ("'none'", "DENY")


@pytest.mark.parametrize("kind", ["form", "link", "qr"])
def test_allowed_websites_can_frame_the_page_and_its_second_step(channel: Channel, client: Client, kind: str) -> None:
    point = make_point(channel, kind=kind)
    entry = submit_entry(placement=point.placements.get(), submission=Submission(marketing=True))
    steps = [f"{page(point)}?embed=1", f"{reverse('optin:send', args=[point.slug, entry.code])}?embed=1"]
    listed = ["toko.id", "https://www.toko.id/produk?x=1", "http://localhost:8080/"]
    set_embedding(workspace=channel.workspace, point_id=point.pk, embedding="listed", sites=listed)
    for address in steps:
        assert ancestors(client, address) == ("https://toko.id https://www.toko.id http://localhost:8080", "")
    set_embedding(workspace=channel.workspace, point_id=point.pk, embedding="anywhere")
    for address in steps:
        assert ancestors(client, address) == ("*", "")
    # The page itself, without a frame, stays closed.
    assert ancestors(client, page(point)) == ("'none'", "DENY")


def test_an_event_is_registered_for_inside_the_frame(channel: Channel, client: Client) -> None:
    """The page after the form has to stay in the frame, or the website shows an empty one."""
    point = make_event(channel, starts_at=clock.now() + timedelta(days=3)).point
    set_embedding(workspace=channel.workspace, point_id=point.pk, embedding="listed", sites=["toko.id"])
    address = f"{page(point)}?embed=1"
    with clock.skewed(-timedelta(minutes=1)):
        shown = client.get(address)
    assert ancestors(client, address) == ("https://toko.id", "")
    [key] = re.findall(r'name="key" value="([^"]+)"', shown.content.decode())
    sent = client.post(address, {"key": key, "name": "Ayu"})
    assert sent.status_code == 302
    assert ancestors(client, sent["Location"]) == ("https://toko.id", "")
    assert 'target="_top"' in client.get(sent["Location"]).content.decode()


@pytest.mark.parametrize("kind", ["reward", "contest"])
def test_a_giveaway_is_shown_in_a_frame(channel: Channel, client: Client, kind: str) -> None:
    point = make_giveaway(channel, kind=kind).point
    set_embedding(workspace=channel.workspace, point_id=point.pk, embedding="anywhere")
    assert ancestors(client, f"{page(point)}?embed=1") == ("*", "")
    links = re.findall(r"<a [^>]+>", client.get(f"{page(point)}?embed=1").content.decode())
    assert any("wa.me" in link for link in links)
    assert all("target=" in link for link in links), "wa.me does not open in a frame"


def test_the_pages_of_events_and_giveaways_lead_to_the_line_for_a_website(channel: Channel) -> None:
    owner = signed_in(channel.workspace)
    event, giveaway = make_event(channel, starts_at=clock.now() + timedelta(days=3)), make_giveaway(channel)
    for name, pk in (("optin:event", event.point_id), ("optin:giveaway", giveaway.pk)):
        assert reverse("optin:embed", args=[pk]) in owner.get(reverse(name, args=[pk])).content.decode()


def test_pages_of_members_are_never_framed(channel: Channel) -> None:
    point = make_point(channel, kind="form")
    set_embedding(workspace=channel.workspace, point_id=point.pk, embedding="anywhere")
    owner = signed_in(channel.workspace)
    for name in ("optin:detail", "optin:edit", "optin:embed"):
        assert ancestors(owner, f"{reverse(name, args=[point.pk])}?embed=1") == ("'none'", "DENY")


def test_links_in_a_frame_open_in_the_whole_window(channel: Channel, client: Client) -> None:
    point = make_point(channel, kind="link")
    set_embedding(workspace=channel.workspace, point_id=point.pk, embedding="anywhere")
    framed = client.get(f"{page(point)}?embed=1")
    assert 'target="_top"' in framed.content.decode()
    assert not framed.cookies
    assert 'target="_top"' not in client.get(page(point)).content.decode()


def test_the_way_without_the_form_leaves_the_frame(channel: Channel, client: Client) -> None:
    OptinSettings.objects.create(workspace=channel.workspace, proof_of_work=True)
    point = make_point(channel, kind="form")
    set_embedding(workspace=channel.workspace, point_id=point.pk, embedding="anywhere")
    direct = client.get(f"{page(point)}?embed=1").content.decode().partition("data-direct")[2].partition("</a>")[0]
    assert "https://wa.me/" in direct
    assert 'target="_top"' in direct


def test_the_script_is_small_and_kept(client: Client) -> None:
    answer = client.get("/embed/v1.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "max-age=604800" in answer["Cache-Control"]
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert len(answer.content) < 5000
    assert b"cookie =" not in answer.content
    assert client.get("/embed/v1.js", headers={"If-None-Match": answer["ETag"]}).status_code == 304


@pytest.mark.parametrize("way", WAYS)
def test_the_line_of_the_website_is_one_line(channel: Channel, way: str) -> None:
    point = make_point(channel, kind="form", headline='"><script>alert(1)</script>')
    line = snippet(point, way)
    assert "\n" not in line
    assert line.count("<script") == 1
    assert "<noscript><a href=" in line


@pytest.mark.parametrize(
    "site", ["javascript:alert(1)", "*", "https://*", "toko.id; script-src *", "https://u@x.id", "ftp://x"]
)
def test_what_is_no_website_is_refused(channel: Channel, site: str) -> None:
    point = make_point(channel, kind="form")
    with pytest.raises(DomainError) as refused:
        set_embedding(workspace=channel.workspace, point_id=point.pk, embedding="listed", sites=[site])
    assert refused.value.code == "bad_site"


@given(st.text(max_size=60))
def test_no_text_breaks_out_of_the_policy(text: str) -> None:
    for site in (text, f"https://{text}", f"https://toko.id{text}"):
        origin = origin_of(site)
        assert origin is None or not set(origin) & set(" ;,'\"*\n\t")


def test_the_owner_chooses_the_websites(channel: Channel) -> None:
    point = make_point(channel, kind="form")
    owner, address = signed_in(channel.workspace), reverse("optin:embed", args=[point.pk])
    assert "embed/v1.js" not in owner.get(address).content.decode()
    assert owner.post(address, {"embedding": "listed", "sites": ""}).status_code == 422
    assert owner.post(address, {"embedding": "listed", "sites": "toko.id\nhttps://a b"}).status_code == 422
    assert owner.post(address, {"embedding": "listed", "sites": "toko.id\n\nwww.toko.id"}).status_code == 302
    point.refresh_from_db()
    assert point.embedding_sites == ["https://toko.id", "https://www.toko.id"]
    assert "embed/v1.js" in owner.get(address).content.decode()
    assert signed_in(channel.workspace, "viewer").get(address).status_code == 403
