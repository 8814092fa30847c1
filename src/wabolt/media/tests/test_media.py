"""File types are detected by bytes, and stored pictures hold no metadata."""

import struct
import zipfile
import zlib
from io import BytesIO

import pytest
from django.conf import LazySettings
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.lib.errors import DomainError
from wabolt.lib.workers import archives
from wabolt.media import queries
from wabolt.media.models import MediaFile
from wabolt.media.pictures import MAX_SIDE
from wabolt.media.rules import office_type, recognise, tidy_name
from wabolt.media.services import Examined, file_type, keep_media, store_media
from wabolt.media.tests.factories import PDF_BYTES, picture_bytes

ORIENTATION, GPS = 0x0112, 0x8825


def office(*names: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("[Content_Types].xml", *names):
            archive.writestr(name, "<x/>")
    return out.getvalue()


def png_of(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG that claims this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


@pytest.fixture
def workspace(db: None) -> Workspace:
    return make_workspace()


HOSTILE = {
    "html": (b"<html><script>alert(1)</script></html>", "unknown_kind"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "unknown_kind"),
    "nothing": (b"", "empty"),
    "program": (b"MZ\x90\x00" + b"\x00" * 200, "unknown_kind"),
    "jpeg of html": (b"\xff\xd8\xff<html><script>alert(1)</script>", "broken"),
    "png bomb": (png_of(50_000, 50_000), "too_many_pixels"),
    "wide png": (png_of(6000, 6000), "too_many_pixels"),
    "png without pixels": (png_of(100, 100), "broken"),
    "half a jpeg": (picture_bytes(900, 900)[:700], "broken"),
    "webp of nothing": (b"RIFF\x00\x00\x00\x00WEBP", "broken"),
    "gif": (picture_bytes(kind="GIF"), "unknown_kind"),
    "video": (b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 100, "unknown_kind"),
    "heic": (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 100, "unknown_kind"),
    "half a pdf": (PDF_BYTES[:30], "broken"),
    "zip": (office("a.exe")[:-30], "unknown_kind"),
    "archive": (office("setup.exe"), "unknown_kind"),
    "macros": (office("word/document.xml", "word/vbaProject.bin"), "unknown_kind"),
}


def test_store_media_refuses_with_words_and_keeps_nothing(workspace: Workspace) -> None:
    found = {}
    for name, (data, _code) in HOSTILE.items():
        with pytest.raises(DomainError) as refused:
            store_media(workspace=workspace, data=data, name="foto.jpg")
        found[name] = refused.value.code
        assert refused.value.field == "media", name
        assert len(str(refused.value)) > 20, name
    assert found == {name: code for name, (_data, code) in HOSTILE.items()}
    assert not MediaFile.objects.exists()


def test_store_media_refuses_what_is_larger_than_the_operator_allows(
    workspace: Workspace, settings: LazySettings
) -> None:
    assert settings.MEDIA_MAX_BYTES == 16 * 1024 * 1024
    with pytest.raises(DomainError, match="17") as refused:
        store_media(workspace=workspace, data=b"%PDF-" + b"x" * (16 * 1024 * 1024) + b"%%EOF", name="k.pdf")
    assert refused.value.code == "too_large"


def test_store_media_takes_away_where_a_photo_was_taken_and_turns_it_upright(workspace: Workspace) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS)[1] = "S"
    exif.get_ifd(GPS)[2] = (6.0, 54.0, 0.0)
    taken = picture_bytes(80, 30, exif=exif, comment=b"Jl. Melati 5")
    assert b"Exif" in taken
    media = store_media(workspace=workspace, data=taken, name="IMG_0001.JPG")
    data = queries.media_bytes(workspace, media.pk)
    with Image.open(BytesIO(data)) as shown:
        assert shown.size == (30, 80) == (media.width, media.height)
        assert not shown.getexif()
    assert b"Exif" not in data
    assert b"Melati" not in data
    assert (media.kind, media.mime_type, media.name, media.size) == ("image", "image/jpeg", "IMG_0001.jpg", len(data))


def test_store_media_makes_large_pictures_fit(workspace: Workspace) -> None:
    for kind in ("PNG", "WEBP", "JPEG"):
        media = store_media(workspace=workspace, data=picture_bytes(2400, 600, kind=kind), name="poster")
        assert (media.width, media.height) == (MAX_SIDE, MAX_SIDE // 4), kind
        assert media.mime_type == "image/jpeg", kind


def test_store_media_draws_every_kind_of_colours(workspace: Workspace) -> None:
    for mode in ("RGBA", "P", "L", "LA", "1", "I;16", "CMYK"):
        out = BytesIO()
        Image.new(mode, (20, 20)).save(out, "JPEG" if mode == "CMYK" else "PNG")
        media = store_media(workspace=workspace, data=out.getvalue())
        with Image.open(BytesIO(queries.media_bytes(workspace, media.pk))) as shown:
            assert shown.mode == "RGB", mode


def test_store_media_puts_a_transparent_logo_on_white(workspace: Workspace) -> None:
    out = BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")
    media = store_media(workspace=workspace, data=out.getvalue())
    with Image.open(BytesIO(queries.media_bytes(workspace, media.pk))) as shown:
        assert shown.getpixel((5, 5)) == (255, 255, 255)


def test_store_media_keeps_a_document_as_it_is_under_an_honest_name(workspace: Workspace) -> None:
    media = store_media(workspace=workspace, data=PDF_BYTES, name="C:\\toko\\Katalog Lebaran.exe")
    assert (media.kind, media.mime_type, media.name) == ("document", "application/pdf", "Katalog Lebaran.pdf")
    assert queries.media_bytes(workspace, media.pk) == PDF_BYTES
    sheet = store_media(workspace=workspace, data=office("xl/workbook.xml"), name="")
    assert sheet.name.endswith(".xlsx")


def test_store_media_stores_the_same_file_once_and_each_workspace_its_own(workspace: Workspace) -> None:
    first = store_media(workspace=workspace, data=picture_bytes(), name="a.jpg")
    assert store_media(workspace=workspace, data=picture_bytes(), name="b.jpg") == first
    assert store_media(workspace=make_workspace("Lain"), data=picture_bytes()) != first
    received = keep_media(workspace=workspace, data=picture_bytes(), examined=Examined("sticker", "image/webp"))
    assert received != first
    assert MediaFile.objects.count() == 3


def test_media_is_stored_without_trying_to_compress_it(db: None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attstorage FROM pg_attribute WHERE attrelid = 'media_mediafile'::regclass AND attname = 'data'"
        )
        assert cursor.fetchone() == ("e",)


@given(st.binary(max_size=400))
def test_recognise_never_raises(data: bytes) -> None:
    for head in (b"", b"PK\x03\x04", b"RIFF1234WEBP", b"%PDF-", b"\x00\x00\x00\x18ftyp"):
        recognise(head + data)
    office_type(frozenset({data.decode("utf-8", "replace")}))


OFFICE = office("word/document.xml")
damaged = st.lists(st.tuples(st.integers(0, len(OFFICE) - 1), st.integers(0, 255)), min_size=1, max_size=8).map(
    lambda changes: bytes(dict(changes).get(place, byte) for place, byte in enumerate(OFFICE))
)


@given(damaged)
def test_the_members_of_a_damaged_office_document_are_listed_or_refused(data: bytes) -> None:
    facts, _nothing = archives.run({"most": 100}, BytesIO(data))
    assert "error" in facts or office_type(frozenset(facts["names"])) in {
        None,
        office_type({"[Content_Types].xml", "word/document.xml"}),
    }


@settings(max_examples=3, deadline=None)
@given(damaged)
def test_recognise_survives_a_damaged_office_document(data: bytes) -> None:
    file_type(data)


@given(st.text(max_size=300))
def test_tidy_name_leads_nowhere_and_ends_as_the_bytes_say(name: str) -> None:
    tidy = tidy_name(name, "pdf")
    assert tidy == "" or tidy.endswith(".pdf")
    assert not set(tidy) & set("/\\\x00\n\r\u202e")
    assert len(tidy) <= 124
