"""Server side of Noise_XX_25519_AESGCM_SHA256 as WhatsApp uses it, and the certificate chain."""

import hashlib
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tests.waserver import pb
from tests.waserver.curve import KeyPair

PATTERN = b"Noise_XX_25519_AESGCM_SHA256\0\0\0\0"


def hkdf(ikm: bytes, salt: bytes | None, info: bytes, size: int) -> bytes:
    return HKDF(hashes.SHA256(), size, salt, info).derive(ikm)


def iv(n: int) -> bytes:
    return bytes(8) + n.to_bytes(4, "big")


class CertAuthority:
    """root -> intermediate -> leaf; the client only knows the root public key (patched in)."""

    def __init__(self, root: KeyPair):
        self.root = root
        self.static = KeyPair()
        inter = KeyPair()
        t0, t1 = int(time.time()) - 86400, int(time.time()) + 10 * 365 * 86400
        # no issuerSerial in the intermediate: absent reads as 0, the serial the client expects
        inter_details = pb.enc((1, 1), (3, inter.pub), (4, t0), (5, t1))
        leaf_details = pb.enc((1, 2), (2, 1), (3, self.static.pub), (4, t0), (5, t1))
        self.chain = pb.enc(
            (1, pb.enc((1, leaf_details), (2, inter.sign(leaf_details)))),
            (2, pb.enc((1, inter_details), (2, root.sign(inter_details)))),
        )


class Handshake:
    def __init__(self, header: bytes):
        self.hash = self.salt = PATTERN
        self.key = AESGCM(PATTERN)
        self.n = 0
        self.auth(header)

    def auth(self, data: bytes) -> None:
        self.hash = hashlib.sha256(self.hash + data).digest()

    def mix(self, secret: bytes) -> None:
        okm = hkdf(secret, self.salt, b"", 64)
        self.salt, self.key, self.n = okm[:32], AESGCM(okm[32:]), 0

    def encrypt(self, plain: bytes) -> bytes:
        ct = self.key.encrypt(iv(self.n), plain, self.hash)
        self.n += 1
        self.auth(ct)
        return ct

    def decrypt(self, ct: bytes) -> bytes:
        plain = self.key.decrypt(iv(self.n), ct, self.hash)
        self.n += 1
        self.auth(ct)
        return plain

    def hello(self, ca: CertAuthority, client_hello: bytes) -> bytes:
        client_eph = pb.first(pb.dec(pb.first(pb.dec(client_hello), 2)), 1)
        self.eph = KeyPair()
        self.auth(client_eph)
        self.auth(self.eph.pub)
        self.mix(self.eph.dh(client_eph))
        static = self.encrypt(ca.static.pub)
        self.mix(ca.static.dh(client_eph))
        cert = self.encrypt(ca.chain)
        return pb.enc((3, pb.enc((1, self.eph.pub), (2, static), (3, cert))))

    def finish(self, client_finish: bytes) -> tuple[bytes, bytes, "Transport"]:
        fin = pb.dec(pb.first(pb.dec(client_finish), 4))
        client_static = self.decrypt(pb.first(fin, 1))
        self.mix(self.eph.dh(client_static))
        payload = self.decrypt(pb.first(fin, 2))
        okm = hkdf(b"", self.salt, b"", 64)
        return client_static, payload, Transport(send=okm[32:], recv=okm[:32])


class Transport:
    def __init__(self, send: bytes, recv: bytes):
        self.s, self.r, self.ns, self.nr = AESGCM(send), AESGCM(recv), 0, 0

    def encrypt(self, plain: bytes) -> bytes:
        ct = self.s.encrypt(iv(self.ns), plain, None)
        self.ns += 1
        return ct

    def decrypt(self, ct: bytes) -> bytes:
        plain = self.r.decrypt(iv(self.nr), ct, None)
        self.nr += 1
        return plain
