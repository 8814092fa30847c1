"""Printed QR codes: they are read back from the files, also as a photograph, and every text stays in its place."""

from collections.abc import Iterable
from dataclasses import replace
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pypdfium2
import pytest
import zxingcpp
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter
from tests.guards.pages import LONG

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.media.tests.factories import make_media, picture_bytes
from wabolt.optin.models import EntryPoint, Placement
from wabolt.optin.print_kit import FORMATS, MEDIA, Content, draw_pdf, draw_png, draw_svg, refusal, sheet
from wabolt.optin.print_kit.shapes import Box, Code, Face, Line, Picture, Shape, Sheet
from wabolt.optin.print_kit.type_setting import face, printable, set_text
from wabolt.optin.rules.codes import codes_in
from wabolt.optin.services import add_placement
from wabolt.optin.tests.factories import make_point

COPIES = {"poster": 1, "table": 2, "card": 1, "sticker": 21, "till": 3}


@pytest.fixture
def workspace(db: None) -> Workspace:
    return make_workspace(f"Toko {LONG}")


@pytest.fixture
def channel(workspace: Workspace) -> Channel:
    return make_channel(workspace, provider="linked")


@pytest.fixture
def placement(channel: Channel) -> Placement:
    point = make_point(channel, incentive=f"Diskon 10% {LONG}", greeting="JOIN GAYA NUSANTARA")
    return add_placement(workspace=channel.workspace, point=point, branch=LONG, medium="till", staff=LONG)


def content_of(placement: Placement) -> Content:
    return Content.of(EntryPoint.objects.get(pk=placement.point_id), placement)


def rendered(pdf: bytes, dots_per_inch: int = 150) -> Image.Image:
    """The page in grey, as the reader of codes sees it."""
    with pypdfium2.PdfDocument(pdf) as document:
        assert len(document) == 1
        return document[0].render(scale=dots_per_inch / 72, grayscale=True).to_pil()


def read(image: Image.Image) -> list[str]:
    grey = image.convert("L")  # the reader converts a coloured image slowly
    return [found.text for found in zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormat.QRCode)]


def photographed(image: Image.Image) -> Image.Image:
    """The print as a phone sees it: askew, from the side, out of focus, in poor light, and compressed."""
    width, height = image.size
    tilted = image.transform(
        (width, height),
        Image.Transform.PERSPECTIVE,
        (1.08, 0.10, -0.06 * width, 0.04, 1.10, -0.05 * height, 0.10 / width, 0.06 / height),
        Image.Resampling.BICUBIC,
        fillcolor=0x77,
    )
    turned = tilted.rotate(17, Image.Resampling.BICUBIC, expand=True, fillcolor=0x77)
    dim = turned.filter(ImageFilter.GaussianBlur(1.2)).point(lambda value: 40 + value * 0.6)
    out = BytesIO()
    dim.save(out, "JPEG", quality=40)
    return Image.open(BytesIO(out.getvalue()))


def with_code(image: Image.Image, drawn: Sheet) -> Image.Image:
    """The part of a rendered sheet around its last code, which is not upside down: what a phone is held at."""
    part, code = drawn.faces[-1], code_in(drawn)
    corners = (part.x + code.x, part.y + code.y, part.x + code.x + code.side, part.y + code.y + code.side)
    scale, room = image.width / drawn.width, (-8, -8, 8, 8)
    return image.crop(tuple(round((at + more) * scale) for at, more in zip(corners, room, strict=True)))


def assert_leads_to(url: str, channel: Channel, placement: Placement) -> None:
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "wa.me", f"/{channel.phone.lstrip('+')}")
    assert codes_in(parse_qs(parts.query)["text"][0]) == [placement.code]


def assert_all_lead_to(found: list[str], medium: str, channel: Channel, placement: Placement) -> None:
    """Each copy of the code on a sheet was read."""
    assert len(found) == COPIES[medium], medium
    assert len(set(found)) == 1, medium
    assert_leads_to(found[0], channel, placement)


def test_every_print_leads_to_the_placement(channel: Channel, placement: Placement) -> None:
    """The PDF and a photograph of it are read back."""
    content = content_of(placement)
    for key, medium in MEDIA.items():
        drawn = sheet(medium, content)
        pdf = rendered(draw_pdf(drawn))
        assert_all_lead_to(read(pdf), key, channel, placement)
        found = read(photographed(with_code(pdf, drawn)))
        assert len(found) == 1, key
        assert_leads_to(found[0], channel, placement)


def test_a_print_with_logo_and_picture_leads_to_the_placement(channel: Channel) -> None:
    """The PNG and a photograph of the PDF are read back, and nothing covers the code or a text."""
    logo = make_media(channel.workspace, picture_bytes(400, 300, "black"), "logo.jpg")
    picture = make_media(channel.workspace, picture_bytes(1200, 700, "#224466"))
    point = make_point(channel, incentive=f"Diskon 10% {LONG}", logo=logo, picture=picture)
    placement = point.placements.get()
    content = content_of(placement)
    for key, medium in MEDIA.items():
        drawn = sheet(medium, content)
        assert_in_place(drawn)
        shown = sum(isinstance(shape, Picture) for shape in drawn.faces[0].shapes)
        assert shown == (1 if key == "sticker" else 2), "a label has no room for the picture"
        found = read(photographed(with_code(rendered(draw_pdf(drawn)), drawn)))
        assert len(found) == 1, key
        assert_leads_to(found[0], channel, placement)
        assert_all_lead_to(read(Image.open(BytesIO(draw_png(drawn)))), key, channel, placement)
        assert draw_svg(drawn).count(b"<image ") == shown


def test_a_part_of_the_code_may_be_lost(channel: Channel, placement: Placement) -> None:
    """A dirty print: 5 percent of the code with the level M and 12 percent with the level Q are covered."""
    content = content_of(placement)
    for key, medium in MEDIA.items():
        code = code_in(sheet(medium, content))
        image = Image.open(BytesIO(draw_png(Sheet(code.side, code.side, [_alone(code)], ""))))
        modules = len(code.matrix())
        share = 0.12 if medium.error == "q" else 0.05
        side = int((share**0.5) * (modules - 8) / modules * image.width)
        middle = image.width // 2
        image.paste("#333333", (middle, middle, middle + side, middle + side))
        found = read(image)
        assert found, key
        assert_leads_to(found[0], channel, placement)


def code_in(drawn: Sheet) -> Code:
    return next(shape for shape in drawn.faces[0].shapes if isinstance(shape, Code))


def _alone(code: Code) -> Face:
    return Face(code.side, code.side, shapes=[Code(0, 0, code.side, code.qr)])


def test_a_code_has_its_quiet_zone_and_fits_the_distance(placement: Placement) -> None:
    content = content_of(placement)
    for key, medium in MEDIA.items():
        code = code_in(sheet(medium, content))
        rows = code.matrix()
        assert not any(any(row) for row in (*rows[:4], *rows[-4:])), key
        assert not any(any((*row[:4], *row[-4:])) for row in rows), key
        assert (len(rows) - 8) * code.module() == pytest.approx(medium.distance / 10), key
        assert code.module() >= medium.distance / 600, key
        assert code.qr.error == medium.error.upper(), key


@pytest.mark.parametrize("language", ["id", "en"])
def test_long_texts_stay_in_their_places(channel: Channel, language: str) -> None:
    point = make_point(channel, incentive=f"Diskon 10% {LONG}", language=language, greeting=LONG * 2)
    placement = add_placement(workspace=channel.workspace, point=point, branch=LONG, medium="poster", staff=LONG)
    content = Content.of(point, placement)
    for medium in MEDIA.values():
        assert_in_place(sheet(medium, content))


def assert_in_place(drawn: Sheet) -> None:
    """No shape leaves its face, no two texts touch, and no text or box touches a code."""
    for part in drawn.faces:
        assert part.x + part.width <= drawn.width + 0.01
        assert part.y + part.height <= drawn.height + 0.01
        areas = [(area_of(shape), shape) for shape in part.shapes]
        for (left, top, right, bottom), shape in areas:
            assert left >= 0, shape
            assert top >= 0, shape
            assert right <= part.width + 0.01, shape
            assert bottom <= part.height + 0.01, shape
        for number, (one, shape) in enumerate(areas):
            for other, second in areas[number + 1 :]:
                if isinstance(shape, Box) and isinstance(second, Line | Picture):
                    continue  # the name and the pictures of the shop on its colour
                touches = one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
                assert not touches, (shape, second)


def area_of(shape: Shape) -> tuple[float, float, float, float]:
    match shape:
        case Box():
            return (shape.x, shape.y, shape.x + shape.width, shape.y + shape.height)
        case Code() | Picture():
            return (shape.x, shape.y, shape.x + shape.side, shape.y + shape.side)
        case Line():
            assert face(shape.font).width(shape.text, shape.size) == pytest.approx(shape.width)
            return (shape.x, shape.y - shape.size * 0.75, shape.x + shape.width, shape.y + shape.size * 0.2)


def test_names_with_any_character_are_printed(workspace: Workspace, channel: Channel) -> None:
    sheets: list[Sheet] = []
    for name in ("🌸🌸🌸", "花店 Bunga", "متجر", "Café Ñandú — “Ĝardeno”", "", "\u200d\ufe0f"):
        Workspace.objects.filter(pk=workspace.pk).update(name=name)
        point = make_point(channel, incentive=f"{name} 10%", wording="Saya mau kabar. Balas STOP untuk berhenti.")
        content = Content.of(EntryPoint.objects.get(pk=point.pk), point.placements.get())
        sheets += [sheet(medium, content) for medium in MEDIA.values()]
        for drawn in sheets[-len(MEDIA) :]:
            assert draw_svg(drawn).startswith(b"<svg"), name
            assert any(isinstance(shape, Line) for shape in drawn.faces[0].shapes), name
    assert draw_pdf(together(sheets)).startswith(b"%PDF")
    cards = together(drawn for drawn in sheets if drawn.width < 210)
    assert draw_png(cards).startswith(b"\x89PNG")  # the texts of all media are drawn alike


def together(sheets: Iterable[Sheet]) -> Sheet:
    """One page with a face of each sheet, in columns of the height of A4: each document carries its fonts, and each
    point of a picture costs time."""
    faces: list[Face] = []
    x = y = width = 0.0
    for part in sorted((drawn.faces[0] for drawn in sheets), key=lambda part: (-part.width, -part.height)):
        if y + part.height > 297:
            x, y, width = x + width, 0.0, 0.0
        faces.append(replace(part, x=x, y=y, turned=False))
        y, width = y + part.height, max(width, part.width)
    return Sheet(x + width, 297, faces, "")


@settings(max_examples=200)
@given(st.text(max_size=200), st.floats(5, 200), st.floats(2, 60))
def test_a_set_text_is_whole_or_cut_and_never_wider_than_its_area(text: str, width: float, height: float) -> None:
    plain = printable(text)
    setting = set_text(plain, "bold", width, height, largest=10, smallest=1.5)
    font = face("bold")
    for line in setting.lines:
        assert font.width(line, setting.size) <= width + 1e-6 or len(line) <= 2
    if not setting.is_cut:
        assert "".join(setting.lines).replace(" ", "") == plain.replace(" ", "")
        assert setting.height <= height + 1e-6


def test_a_long_greeting_is_left_out_of_the_code(channel: Channel) -> None:
    point = make_point(channel, greeting="🙏" * 60)
    content = Content.of(point, point.placements.get())
    drawn = sheet(MEDIA["sticker"], content)
    assert code_in(drawn).module() >= 0.45
    found = read(Image.open(BytesIO(draw_png(drawn))))
    assert_leads_to(found[0], channel, point.placements.get())


def test_what_cannot_be_shown_whole_is_not_printed(channel: Channel) -> None:
    """People must be able to read what they agree to: it is never cut, and no letter of it is left out."""
    long = make_point(channel, wording="Saya mau kabar dan penawaran dari toko. " * 24)
    foreign = make_point(channel, name="Bunga", wording="我想收到消息。STOP")
    assert refusal(MEDIA["sticker"], Content.of(long, long.placements.get()))
    assert not refusal(MEDIA["poster"], Content.of(long, long.placements.get()))
    assert all(refusal(medium, Content.of(foreign, foreign.placements.get())) for medium in MEDIA.values())


def test_without_a_number_nothing_is_printed(channel: Channel) -> None:
    point = make_point(channel)
    Channel.objects.filter(pk=channel.pk).update(phone="")
    point = EntryPoint.objects.get(pk=point.pk)
    assert all(refusal(medium, Content.of(point, point.placements.get())) for medium in MEDIA.values())


def test_the_page_offers_every_medium_of_the_chosen_placement(workspace: Workspace, placement: Placement) -> None:
    owner = signed_in(workspace)
    address = reverse("optin:kit", args=[placement.point_id])
    shown = owner.get(address, {"code": placement.code}).content.decode()
    base = reverse("optin:print", args=[placement.point_id, placement.code])
    for key in MEDIA:
        for ending in FORMATS:
            assert f"{base}?medium={key}&amp;format={ending}" in shown
    assert shown.index("medium=till") < shown.index("medium=poster")  # the medium of the placement comes first


def test_a_print_of_a_simulated_number_is_a_sample_that_no_phone_reads(workspace: Workspace) -> None:
    """A visitor of the demo sees the sheets. A code that leads nowhere is never hung up."""
    sheets: list[Sheet] = []
    for phone in ("+6281100001945", ""):
        point = make_point(make_channel(workspace, phone=phone, name=f"Simulasi {phone}"))
        content = Content.of(point, point.placements.get())
        for key, medium in MEDIA.items():
            drawn = sheet(medium, content)
            sheets.append(drawn)
            for part in drawn.faces:
                stamps = [shape for shape in part.shapes if isinstance(shape, Line) and shape.text == "CONTOH"]
                assert len(stamps) == len([shape for shape in part.shapes if isinstance(shape, Code)]) == 1, key
                assert any("jangan dicetak" in shape.text for shape in part.shapes if isinstance(shape, Line)), key
            assert draw_svg(drawn).startswith(b"<svg"), key
    page = together(sheets)
    assert read(Image.open(BytesIO(draw_png(page)))) == []
    assert read(rendered(draw_pdf(page), 200)) == []


def test_a_print_of_a_real_number_has_no_stamp(placement: Placement) -> None:
    sheets = [sheet(medium, content_of(placement)) for medium in MEDIA.values()]
    for drawn in sheets:
        assert not any("CONTOH" in shape.text for shape in drawn.faces[0].shapes if isinstance(shape, Line))
    assert len(read(rendered(draw_pdf(together(sheets)), 200))) == len(MEDIA)


def test_the_kit_of_a_simulated_number_shows_samples_and_says_so(workspace: Workspace) -> None:
    point = make_point(make_channel(workspace, phone=""))
    shown = signed_in(workspace).get(reverse("optin:kit", args=[point.pk])).content.decode()
    assert "Ini contoh, jangan dicetak" in shown
    assert shown.count("wi-kit-preview") == len(MEDIA)
    assert "belum ditautkan" not in shown


def test_files_are_downloaded(workspace: Workspace, placement: Placement) -> None:
    owner = signed_in(workspace, "viewer")
    address = reverse("optin:print", args=[placement.point_id, placement.code])
    for ending, (_draw, kind) in FORMATS.items():
        answer = owner.get(address, {"medium": "card", "format": ending})
        assert answer["Content-Type"] == kind
        assert answer["Content-Disposition"] == f'attachment; filename="card-{placement.code}.{ending}"'
    assert owner.get(address, {"medium": "mug"}).status_code == 404
    assert owner.get(address, {"format": "exe"}).status_code == 404


def test_a_refused_print_says_why(workspace: Workspace, placement: Placement) -> None:
    Channel.objects.update(phone="")
    owner: Client = signed_in(workspace)
    answer = owner.get(reverse("optin:print", args=[placement.point_id, placement.code]), follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain
