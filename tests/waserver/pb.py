"""Minimal protobuf wire codec: enough to read and write the few messages the server needs.

A message is written as a list of (field_number, value) pairs and read back as
{field_number: [values]}. int -> varint, bytes/str -> length-delimited.
"""


def _varint(n: int) -> bytes:
    if n < 0:
        n += 1 << 64
    out = bytearray()
    while n > 0x7F:
        out.append((n & 0x7F) | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def enc(*fields: tuple[int, object]) -> bytes:
    out = bytearray()
    for num, val in fields:
        if val is None:
            continue
        if isinstance(val, bool):
            val = int(val)
        if isinstance(val, int):
            out += _varint(num << 3) + _varint(val)
        else:
            raw = val.encode() if isinstance(val, str) else bytes(val)
            out += _varint((num << 3) | 2) + _varint(len(raw)) + raw
    return bytes(out)


def _read_varint(buf: bytes, pos: int) -> tuple[int, int]:
    shift = val = 0
    while True:
        b = buf[pos]
        pos += 1
        val |= (b & 0x7F) << shift
        if b < 0x80:
            return val, pos
        shift += 7


def dec(buf: bytes) -> dict[int, list]:
    out: dict[int, list] = {}
    pos = 0
    while pos < len(buf):
        key, pos = _read_varint(buf, pos)
        num, wire = key >> 3, key & 7
        if wire == 0:
            val, pos = _read_varint(buf, pos)
        elif wire == 2:
            size, pos = _read_varint(buf, pos)
            if pos + size > len(buf):
                raise ValueError("truncated protobuf field")
            val = buf[pos : pos + size]
            pos += size
        elif wire == 1:
            val, pos = buf[pos : pos + 8], pos + 8
        elif wire == 5:
            val, pos = buf[pos : pos + 4], pos + 4
        else:
            raise ValueError(f"unsupported wire type {wire}")
        out.setdefault(num, []).append(val)
    return out


def first(msg: dict[int, list], num: int, default=None):
    vals = msg.get(num)
    return vals[0] if vals else default
