"""Limited openings: a bomb ends its own process, and this process does not grow."""

import resource
import struct
import subprocess
import sys
import time
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin
from tests.cases import each

from wabolt.lib import pictures
from wabolt.lib.limited import LimitExceededError, OpeningFailedError, ProcessLimits, run_limited
from wabolt.lib.pictures import Drawing, PictureError

GROWTH = 64 * 1024
"""Kilobytes that a refusal may add to the peak of this process."""


def peak() -> int:
    """Peak resident memory of this process in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def zeros(count: int) -> bytes:
    """Returns what zlib makes of so many zero bytes. One compressed megabyte is repeated, because zlib needs five
    seconds for a gigabyte."""
    piece = 1024**2

    def packed(size: int, flush: int) -> bytes:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(bytes(size)) + packer.flush(flush)

    body = packed(piece, zlib.Z_FULL_FLUSH) * (count // piece) + packed(count % piece, zlib.Z_FINISH)
    return b"\x78\xda" + body + struct.pack(">I", count % 65521 << 16 | 1)  # the checksum of zeros (RFC 1950)


def png(width: int, height: int, *extra: bytes) -> bytes:
    """A black PNG, compressed a thousandfold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    body = zeros((1 + width * 3) * height)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def saved(size: tuple[int, int], kind: str, **options: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "red").save(out, kind, **options)
    return out.getvalue()


def with_claimed_size(jpeg: bytes, width: int, height: int) -> bytes:
    """The JPEG with another size in its frame header."""
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def gif(width: int, height: int) -> bytes:
    small = saved((8, 8), "GIF")
    return small[:6] + struct.pack("<HH", width, height) + small[10:]


def with_scans(kind: str, side: int, count: int) -> bytes:
    """A progressive JPEG or MPO whose last scan follows `count` times. The decoder goes over all pixels each time."""
    more = {"save_all": True, "append_images": [Image.new("RGB", (8, 8))]} if kind == "MPO" else {}
    jpeg = saved((side, side), kind, progressive=True, **more)
    start = jpeg.index(b"\xff\xda")
    end = jpeg.index(b"\xff\xd9", start)
    last = jpeg[jpeg.rindex(b"\xff\xda", 0, end) : end]
    return jpeg[:end] + last * count + jpeg[end:]


BOMBS = {
    "png": lambda: png(20_000, 20_000),
    "jpeg": lambda: with_claimed_size(saved((64, 64), "JPEG"), 65_000, 65_000),
    "gif": lambda: gif(65_000, 65_000),
    "webp": lambda: saved((16_383, 2_000), "WEBP", lossless=True, method=0),
}


@each("kind", BOMBS)
def test_decompression_bombs_are_refused_and_this_process_does_not_grow(kind: str) -> None:
    bomb = BOMBS[kind]()
    assert len(bomb) < 3_000_000
    before = peak()
    with pytest.raises(PictureError) as refused:
        pictures.measure(bomb)
    assert refused.value.code == "too_many_pixels"
    if kind != "gif":
        with pytest.raises(PictureError) as refused:
            pictures.draw(bomb, Drawing(side=640, square=True))
        assert refused.value.code == "too_many_pixels"
    assert peak() - before < GROWTH


@each("kind", ["JPEG", "MPO"])
def test_a_jpeg_may_not_go_over_its_pixels_again_and_again(kind: str) -> None:
    """A file of 240 KB took 20 s of processor time, the limit of the process."""
    harmless = with_scans(kind, 1000, 100)
    with Image.open(BytesIO(harmless)) as image:
        assert image.format == kind
    assert pictures.measure(harmless) == (1000, 1000)
    with pytest.raises(PictureError, match="too_many_pixels"):
        pictures.measure(with_scans(kind, 1000, 1001))


def test_a_compressed_text_chunk_that_unpacks_to_gigabytes_is_harmless() -> None:
    assert zlib.decompress(zeros(3_000_000)) == bytes(3_000_000)
    body = b"comment\0\0" + zeros(300_000_000)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    before = peak()
    with suppress(PictureError):
        assert pictures.draw(png(32, 32, chunk), Drawing(side=16)).width == 16
    assert peak() - before < GROWTH


def test_a_picture_is_reencoded_upright_and_without_metadata() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "rahasia")
    out = BytesIO()
    Image.new("RGBA", (600, 300), (0, 0, 0, 0)).save(out, "PNG", pnginfo=info)
    drawn = pictures.draw(out.getvalue(), Drawing(side=200))
    assert (drawn.width, drawn.height, drawn.source_width, drawn.source_height) == (200, 100, 600, 300)
    assert b"rahasia" not in drawn.data
    with Image.open(BytesIO(drawn.data)) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)
    square = pictures.draw(out.getvalue(), Drawing(side=200, square=True))
    assert (square.width, square.height) == (200, 200)
    with pytest.raises(PictureError, match="too_small"):
        pictures.draw(out.getvalue(), Drawing(side=200, min_side=301))


@each("data", [b"", b"%PDF-1.7", b"\x89PNG\r\n\x1a\nxxxx", b"GIF89a", saved((9, 9), "TIFF")])
def test_what_is_no_picture_is_named_so(data: bytes) -> None:
    with pytest.raises(PictureError, match="broken"):
        pictures.draw(data, Drawing(side=100))


def test_memory_processor_time_output_and_the_clock_are_bounded() -> None:
    small = ProcessLimits(memory=200 * 1024**2, seconds=1, output=100_000)
    for task in ("memory", "processor", "output", "sleep"):
        begun = time.monotonic()
        with pytest.raises(LimitExceededError):
            run_limited("tests.probe", {"task": task}, limits=small)
        assert time.monotonic() - begun < 30
    with pytest.raises(OpeningFailedError, match="probe failed"):
        run_limited("tests.probe", {"task": "fail"}, limits=small)


def test_the_process_gets_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WABOLT_SECRET_KEY", "rahasia")
    monkeypatch.setenv("DATABASE_URL", "postgresql://rahasia")
    answer = run_limited("tests.probe", {"task": "environment"})
    assert "rahasia" not in str(answer.facts)
    assert set(answer.facts["names"]) <= {"PATH", "TMPDIR", "TEMP", "LD_LIBRARY_PATH", "LC_CTYPE", "SYSTEMROOT"}


def test_the_process_imports_nothing_from_the_working_folder(tmp_path: Path) -> None:
    """`python -m` puts the working folder at the head of the path of the process that asks."""
    (tmp_path / "asking.py").write_text(
        "import sys\n"
        "from wabolt.lib.limited import run_limited\n"
        "print(sys.path[0])\n"
        "print(*run_limited('tests.probe', {'task': 'path'}).facts['path'], sep='\\n')\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "asking"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    working, *path = done.stdout.splitlines()
    assert working == str(tmp_path)
    assert len(path) > 3
    assert working not in path


def test_a_web_process_that_is_asked_for_many_bombs_keeps_its_size() -> None:
    """Measured in a fresh process with the imports of a web process."""
    program = """
import resource, sys
from wabolt.lib import pictures
data = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in range(3):
    try: pictures.measure(data)
    except pictures.PictureError as refused: assert refused.code == "too_many_pixels"
    else: raise SystemExit("not refused")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, "PIL" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], input=png(20_000, 20_000), capture_output=True, check=True)
    grown, loaded = done.stdout.split()
    assert int(grown) < 16 * 1024
    assert loaded == b"False"
