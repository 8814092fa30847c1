"""Photos of batik for the simulated customers: a kawung pattern, drawn without a picture library."""

import struct
import zlib

Colour = tuple[int, int, int]
SIDE, TILE = 288, 48


def kawung_picture(cloth: Colour, leaf: Colour) -> bytes:
    """A PNG of SIDE × SIDE pixels: four leaves around each corner of a grid, as in kawung batik."""
    tile = [b"".join(bytes(leaf if _is_leaf(x, y) else cloth) for x in range(TILE)) for y in range(TILE)]
    # each row begins with its filter: none
    rows = b"".join(b"\0" + tile[y % TILE] * (SIDE // TILE) for y in range(SIDE))
    size = struct.pack(">2I5B", SIDE, SIDE, 8, 2, 0, 0, 0)  # 8 bits a channel, RGB
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", size) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _is_leaf(x: int, y: int) -> bool:
    """Whether a point of a tile is in one of the ellipses along its two diagonals."""
    along, across = (x + y - TILE) / TILE, (x - y) / TILE
    return any(((abs(a) - 0.5) / 0.42) ** 2 + (b / 0.26) ** 2 < 1 for a, b in ((along, across), (across, along)))


def _chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG file (ISO/IEC 15948, section 5.3)."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
