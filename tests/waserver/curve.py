"""Curve25519 helpers: X25519 via `cryptography`, XEdDSA signatures in plain Python."""

import hashlib
import os

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, P - 2, P) % P
_BY = 4 * pow(5, P - 2, P) % P


def _recover_x(y: int, sign: int) -> int:
    xx = (y * y - 1) * pow(_D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - xx) % P:
        raise ValueError("not a curve point")
    return P - x if x & 1 != sign else x


def _add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * _D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _mul(s: int, p):
    r = (0, 1, 1, 0)
    while s:
        if s & 1:
            r = _add(r, p)
        p = _add(p, p)
        s >>= 1
    return r


_BX = _recover_x(_BY, 0)
_BASE = (_BX, _BY, 1, _BX * _BY % P)


def _compress(p) -> bytes:
    z = pow(p[2], P - 2, P)
    x, y = p[0] * z % P, p[1] * z % P
    return (y | ((x & 1) << 255)).to_bytes(32, "little")


def _decompress(b: bytes):
    v = int.from_bytes(b, "little")
    y = v & ((1 << 255) - 1)
    x = _recover_x(y, v >> 255)
    return x, y, 1, x * y % P


def xeddsa_sign(priv: bytes, msg: bytes) -> bytes:
    k = bytearray(priv)
    k[0] &= 248
    k[31] = (k[31] & 127) | 64
    a = int.from_bytes(k, "little")
    pub = bytearray(_compress(_mul(a, _BASE)))
    sign = pub[31] & 128
    pub_a = bytes(pub)  # libsignal keeps the sign bit of A in the signature instead of negating a
    rnd = b"\xfe" + b"\xff" * 31
    r = int.from_bytes(hashlib.sha512(rnd + bytes(k) + msg + os.urandom(64)).digest(), "little") % Q
    rr = _compress(_mul(r, _BASE))
    h = int.from_bytes(hashlib.sha512(rr + pub_a + msg).digest(), "little") % Q
    s = bytearray(((r + h * a) % Q).to_bytes(32, "little"))
    s[31] = (s[31] & 127) | sign
    return rr + bytes(s)


def xeddsa_verify(pub: bytes, msg: bytes, sig: bytes) -> bool:
    u = int.from_bytes(pub, "little") & ((1 << 255) - 1)
    y = (u - 1) * pow(u + 1, P - 2, P) % P
    ed = (y | ((sig[63] >> 7) << 255)).to_bytes(32, "little")
    s = bytearray(sig[32:])
    s[31] &= 127
    sv = int.from_bytes(s, "little")
    try:
        a = _decompress(ed)
        r = _decompress(sig[:32])
    except ValueError:
        return False
    h = int.from_bytes(hashlib.sha512(sig[:32] + ed + msg).digest(), "little") % Q
    return _compress(_mul(sv, _BASE)) == _compress(_add(r, _mul(h, a)))


class KeyPair:
    __slots__ = ("_k", "priv", "pub")

    def __init__(self, priv: bytes | None = None):
        self._k = X25519PrivateKey.from_private_bytes(priv) if priv else X25519PrivateKey.generate()
        self.priv = self._k.private_bytes_raw()
        self.pub = self._k.public_key().public_bytes_raw()

    def __reduce__(self):
        return KeyPair, (self.priv,)

    def dh(self, pub: bytes) -> bytes:
        return self._k.exchange(X25519PublicKey.from_public_bytes(pub))

    def sign(self, msg: bytes) -> bytes:
        return xeddsa_sign(self.priv, msg)
