"""The token tables of the binary XML, read out of the installed neonize's Go library (Linux, 64-bit ELF).

They are static arrays of Go strings (address, length); in a shared library the addresses are relocations.
Nothing of them is kept in the source tree: they are cached as tokens.json in the state folder.
"""

import importlib.util
import itertools
import json
import struct
from pathlib import Path

_RELATIVE = {62: 8, 183: 1027}  # ELF machine -> type number of a relative relocation (x86-64, aarch64)
_SINGLES = 236  # larger tag bytes are dictionary and type markers


class _Elf:
    def __init__(self, raw: bytes):
        if raw[:5] != b"\x7fELF\x02":
            raise ValueError("not a 64-bit ELF library")
        self.raw = raw
        (machine,) = struct.unpack_from("<H", raw, 18)
        phoff, shoff = struct.unpack_from("<QQ", raw, 32)
        phsize, phnum, shsize, shnum = struct.unpack_from("<HHHH", raw, 54)
        self.loads = []  # (virtual address, file offset, file size)
        for i in range(phnum):
            kind, _, off, vaddr, _, fsize = struct.unpack_from("<IIQQQQ", raw, phoff + i * phsize)
            if kind == 1:
                self.loads.append((vaddr, off, fsize))
        self.relocs: dict[int, int] = {}  # address of a pointer -> what it points to
        for i in range(shnum):
            _, kind, _, _, off, size = struct.unpack_from("<IIQQQQ", raw, shoff + i * shsize)
            if kind == 4:
                for where, info, addend in struct.iter_unpack("<QQq", raw[off : off + size]):
                    if info & 0xFFFFFFFF == _RELATIVE[machine]:
                        self.relocs[where] = addend

    def read(self, addr: int, n: int) -> bytes:
        for vaddr, off, size in self.loads:
            if vaddr <= addr < vaddr + size:
                return self.raw[off + addr - vaddr : off + addr - vaddr + n]
        return b""

    def string(self, addr: int) -> str | None:
        """Returns the Go string whose header is at this address."""
        n = self.read(addr + 8, 8)
        if len(n) < 8 or addr not in self.relocs:
            return None
        (size,) = struct.unpack("<Q", n)
        return self.read(self.relocs[addr], size).decode("utf-8", "replace") if size < 4096 else None

    def headers_of(self, *words: str) -> list[int]:
        """Addresses where an array of strings starts with these words."""
        first = words[0].encode()
        return [
            a
            for a, to in self.relocs.items()
            if self.read(to, len(first)) == first and all(self.string(a + 16 * i) == w for i, w in enumerate(words))
        ]


def extract(library: Path) -> dict:
    elf = _Elf(library.read_bytes())
    try:
        start = elf.headers_of("xmlstreamstart", "xmlstreamend")[0]
        single = [""] + [elf.string(start + 16 * i) for i in range(_SINGLES - 1)]
        row0 = elf.headers_of("read-self", "active", "fbns")[0]
        table = next(
            a for a, to in elf.relocs.items() if to == row0 and elf.read(a + 8, 16) == struct.pack("<QQ", 256, 256)
        )
        double = []
        for d in range(4):
            row = elf.relocs[table + 24 * d]
            double.append(
                [elf.string(row + 16 * i) for i in range(struct.unpack("<Q", elf.read(table + 24 * d + 8, 8))[0])]
            )
    except (IndexError, StopIteration, KeyError):
        raise ValueError(f"no token tables found in {library.name}") from None
    if any(t is None for t in [*single, *itertools.chain(*double)]):
        raise ValueError(f"the token tables in {library.name} look different from what was expected")
    return {"single": single, "double": double}


def library() -> Path:
    spec = importlib.util.find_spec("neonize")  # finds it without importing it
    if spec is None or spec.origin is None:
        raise SystemExit("neonize is not installed in this environment")
    libs = sorted(Path(spec.origin).parent.glob("neonize-*.so"))
    if not libs:
        raise SystemExit("no Go library in the installed neonize (it downloads it on first import)")
    return libs[0]


def ensure_tokens(state: Path) -> dict:
    cache = state / "tokens.json"
    if not cache.exists():
        cache.write_text(json.dumps(extract(library())))
    return json.loads(cache.read_text())
