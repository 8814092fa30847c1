"""Public pages: the visitor's language, files that may be kept, sensible answers at any time, and counted taps."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock
from wabolt.media.tests.factories import make_media
from wabolt.optin import pictures
from wabolt.optin.models import Entry, EntryPoint, PageLink
from wabolt.optin.pages import share_url
from wabolt.optin.queries import first_message
from wabolt.optin.services import LinkDraft, Submission, close_point, submit_entry
from wabolt.optin.tests.factories import code_of, make_point

pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace("Gaya Nusantara")


@pytest.fixture
def channel(workspace: Workspace) -> Channel:
    return make_channel(workspace)


def page(point: EntryPoint) -> str:
    return reverse("optin:join", args=[point.slug])


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("id-ID,id", "Lanjut"),
        ("en-GB", "Continue"),
        ("fr,en;q=0.5", "Continue"),
        ("fr", "Lanjut"),
        ("", "Lanjut"),
    ],
)
def test_the_page_speaks_the_language_of_the_visitor(channel: Channel, client: Client, asked: str, words: str) -> None:
    point = make_point(channel, kind="form", questions=[{"key": "name"}])
    shown = client.get(page(point), headers={"Accept-Language": asked}).content.decode()
    assert words in shown


def test_the_page_needs_no_script_and_sets_no_cookie(channel: Channel, client: Client) -> None:
    for kind in ("form", "link", "qr"):
        answer = client.get(page(make_point(channel, kind=kind, questions=[{"key": "birth_date", "required": True}])))
        assert "<script" not in answer.content.decode()
        assert not answer.cookies
        assert answer["Cache-Control"] == ("no-store" if kind == "form" else "no-cache")


def test_a_shared_link_has_a_picture_and_words(channel: Channel, client: Client) -> None:
    point = make_point(channel, kind="form", headline="Jadi yang pertama tahu", incentive='Diskon 10% "khusus"')
    shown = client.get(page(point)).content.decode()
    assert f'<meta property="og:image" content="{share_url(point)}">' in shown
    assert '<meta property="og:title" content="Jadi yang pertama tahu">' in shown
    assert 'content="Diskon 10% &quot;khusus&quot;"' in shown
    answer = client.get(share_url(point).removeprefix("http://localhost:8000"))
    drawn = Image.open(BytesIO(answer.content))
    assert (drawn.format, drawn.size) == ("PNG", (1200, 630))
    assert len(answer.content) < 300_000
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert not answer.cookies


def test_another_text_is_another_shared_picture(channel: Channel, client: Client) -> None:
    logo = make_media(channel.workspace)
    points = [
        make_point(channel, kind="form", incentive=incentive, logo=picture, colour=colour)
        for incentive, picture, colour in [("A", None, "#4f3cc9"), ("B", None, "#4f3cc9"), ("A", logo, "#4f3cc9"),
                                           ("A", None, "#ffee00")]
    ]  # fmt: skip
    assert len({share_url(point).partition("?")[2] for point in points}) == 4
    assert len({client.get(reverse("optin:share_picture", args=[point.slug])).content for point in points}) == 4
    late = client.get(reverse("optin:share_picture", args=[points[0].slug]), {"v": "old"})
    assert late["Cache-Control"] == "public, max-age=3600"


def test_before_its_time_the_page_says_when(channel: Channel, client: Client) -> None:
    point = make_point(channel, kind="form", active_from=clock.now() + timedelta(days=3))
    answer = client.get(page(point))
    assert answer.status_code == 200
    assert "Dibuka" in answer.content.decode()
    assert "<form" not in answer.content.decode()
    assert client.post(page(point), {"marketing": "on"}).status_code == 200
    assert not Entry.objects.exists()
    with clock.skewed(timedelta(days=4)):
        assert "<form" in client.get(page(point)).content.decode()


def test_closed_and_unknown_pages_look_alike(channel: Channel, client: Client) -> None:
    over = make_point(channel, kind="form", active_until=clock.now() + timedelta(hours=1))
    closed, early = make_point(channel, kind="form"), make_point(channel, active_from=clock.now() + timedelta(days=1))
    for point in (closed, early):
        close_point(workspace=channel.workspace, point_id=point.pk)
    with clock.skewed(timedelta(hours=2)):
        answers = [client.get(page(point)) for point in (over, closed, early)]
        answers.append(client.get(reverse("optin:join", args=["unknown"])))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_a_sent_form_can_be_finished_after_the_end(channel: Channel, client: Client) -> None:
    point = make_point(channel, kind="form", shown_code="HALO10")
    entry = submit_entry(
        placement=point.placements.get(), submission=Submission(marketing=True, answers={"name": "Ayu"})
    )
    close_point(workspace=channel.workspace, point_id=point.pk)
    shown = client.get(reverse("optin:send", args=[point.slug, entry.code])).content.decode()
    assert "https://wa.me/" in shown
    assert "HALO10" in shown
    assert not re.search(r"\bAyu\b", shown)  # a CSRF token may hold the letters


def test_pictures_of_a_page_may_be_cached_publicly(channel: Channel, client: Client) -> None:
    picture = make_media(channel.workspace)
    point = make_point(channel, kind="form", picture=picture)
    address = reverse("optin:picture", args=[point.slug, "picture"])
    assert f"{address}?v=" in client.get(page(point)).content.decode()
    answer = client.get(address)
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"] == "public, max-age=86400"
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    for name in ("logo", "data"):
        assert client.get(reverse("optin:picture", args=[point.slug, name])).status_code == 404
    close_point(workspace=channel.workspace, point_id=point.pk)
    assert client.get(address).status_code == 404


def test_shades_of_a_colour(client: Client) -> None:
    answer = client.get("/m/4f3cc9.css")
    assert answer["Content-Type"] == "text/css"
    assert "--wi-fill:#4f3cc9" in answer.content.decode()
    assert "immutable" in answer["Cache-Control"]
    for wrong in ("4F3CC9", "red", "12345g", "4f3cc9}body{"):
        assert client.get(f"/m/{wrong}.css").status_code == 404


def test_a_computer_gets_the_code_as_an_image(channel: Channel, client: Client) -> None:
    point = make_point(channel, kind="form")
    code, entry = code_of(point), submit_entry(placement=point.placements.get(), submission=Submission(marketing=True))
    shown = client.get(reverse("optin:send", args=[point.slug, entry.code])).content.decode()
    assert reverse("optin:public_qr", args=[point.slug, entry.code]) in shown
    kept = client.get(reverse("optin:public_qr", args=[point.slug, code]))
    assert kept.content == pictures.qr_image(first_message(point, code).url)
    assert kept["Cache-Control"] == "public, max-age=86400"
    own = client.get(reverse("optin:public_qr", args=[point.slug, str(entry.code)]))
    assert own["Cache-Control"] == "no-store"
    other = make_point(channel, kind="form")
    assert client.get(reverse("optin:public_qr", args=[other.slug, code])).status_code == 404
    assert client.get(reverse("optin:public_qr", args=[point.slug, "AAAAAA"])).status_code == 404


def test_taps_of_people_count(channel: Channel, client: Client) -> None:
    point = make_point(channel, kind="link", links=[LinkDraft("Toko online", "https://toko.id/?a=1&b=2")])
    link = PageLink.objects.get()
    shown = client.get(page(point)).content.decode()
    address = reverse("optin:tap", args=[point.slug, link.pk])
    assert address in shown
    assert "Toko online" in shown
    for headers in ({}, {"User-Agent": "WhatsApp/2.24"}, {"User-Agent": PHONE, "Purpose": "prefetch"},
                    {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}):  # fmt: skip
        assert client.get(address, headers=headers)["Location"] == link.url
    client.head(address, headers={"User-Agent": PHONE})
    link.refresh_from_db()
    assert link.taps == 0
    for _time in range(40):
        client.get(address, headers={"User-Agent": PHONE}, REMOTE_ADDR="203.0.113.9")
    link.refresh_from_db()
    assert link.taps == 30  # of one address in ten minutes
    foreign = make_point(channel, kind="link")
    assert client.get(reverse("optin:tap", args=[foreign.slug, link.pk])).status_code == 404
