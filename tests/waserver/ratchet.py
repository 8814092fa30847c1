"""A small Signal (X3DH + double ratchet) endpoint, for the simulated phones (device 0).

Only what one-to-one WhatsApp messages need: sessions keyed by device JID, out-of-order messages,
prekey messages, several session states per peer. State lives in memory.
"""

import hashlib
import hmac
import random
import secrets

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.waserver import pb
from tests.waserver.binxml import JID
from tests.waserver.curve import KeyPair
from tests.waserver.noise import hkdf

ZERO = bytes(32)


class DecryptError(Exception):
    pass


def _hm(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()


def _aes(key: bytes, iv: bytes):
    return Cipher(algorithms.AES(key), modes.CBC(iv))


def aes_encrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    p = padding.PKCS7(128).padder()
    e = _aes(key, iv).encryptor()
    return e.update(p.update(data) + p.finalize()) + e.finalize()


def aes_decrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    d = _aes(key, iv).decryptor()
    raw = d.update(data) + d.finalize()
    p = padding.PKCS7(128).unpadder()
    return p.update(raw) + p.finalize()


def _point(pub: bytes) -> bytes:
    return b"\x05" + pub


class _Chain:
    def __init__(self, key: bytes):
        self.key, self.n, self.skipped = key, 0, {}

    def _step(self) -> bytes:
        seed = _hm(self.key, b"\x01")
        self.key = _hm(self.key, b"\x02")
        self.n += 1
        return seed

    def next(self) -> tuple[int, bytes]:
        n = self.n
        return n, self._step()

    def at(self, counter: int) -> bytes:
        if counter < self.n:
            seed = self.skipped.pop(counter, None)
            if seed is None:
                raise DecryptError("duplicate message (old counter)")
            return seed
        if counter - self.n > 2000:
            raise DecryptError("counter too far in the future")
        while self.n < counter:
            n = self.n
            self.skipped[n] = self._step()
        return self._step()


class _Session:
    def __init__(self, my_identity: bytes, their_identity: bytes):
        self.mine, self.theirs = my_identity, their_identity
        self.root = ZERO
        self.recv: dict[bytes, _Chain] = {}
        self.send: _Chain | None = None
        self.ratchet: KeyPair | None = None
        self.prev = 0
        self.base_key = b""
        self.pending: tuple[int | None, int, bytes] | None = None  # prekey id, signed prekey id, base key

    def _dh(self, pub: bytes) -> bytes:
        okm = hkdf(self.ratchet.dh(pub), self.root, b"WhisperRatchet", 64)
        self.root = okm[:32]
        return okm[32:]

    def encrypt(self, plain: bytes) -> bytes:
        n, seed = self.send.next()
        k = hkdf(seed, ZERO, b"WhisperMessageKeys", 80)
        body = b"\x33" + pb.enc(
            (1, _point(self.ratchet.pub)), (2, n), (3, self.prev), (4, aes_encrypt(k[:32], k[64:], plain))
        )
        return body + _hm(k[32:64], _point(self.mine) + _point(self.theirs) + body)[:8]

    def decrypt(self, raw: bytes) -> bytes:
        body, mac = raw[:-8], raw[-8:]
        m = pb.dec(body[1:])
        their_ratchet = pb.first(m, 1)[1:]
        counter = pb.first(m, 2, 0)
        saved = (self.root, self.ratchet, self.send, self.prev)
        chain = self.recv.get(their_ratchet)
        fresh = chain is None
        if fresh:
            chain = _Chain(self._dh(their_ratchet))
        try:
            snap = (chain.key, chain.n, dict(chain.skipped))
            k = hkdf(chain.at(counter), ZERO, b"WhisperMessageKeys", 80)
            want = _hm(k[32:64], _point(self.theirs) + _point(self.mine) + body)[:8]
            if not hmac.compare_digest(want, mac):
                chain.key, chain.n, chain.skipped = snap
                raise DecryptError("bad MAC")  # noqa: TRY301 - the way out that undoes the ratchet step
        except DecryptError:
            self.root, self.ratchet, self.send, self.prev = saved
            raise
        if fresh:
            self.recv[their_ratchet] = chain
            self.prev = max(self.send.n - 1, 0) if self.send else 0
            self.ratchet = KeyPair()
            self.send = _Chain(self._dh(their_ratchet))
        self.pending = None
        return aes_decrypt(k[:32], k[64:], pb.first(m, 4))


class SignalEndpoint:
    """The key store and sessions of one simulated device."""

    def __init__(self, identity: KeyPair):
        self.identity = identity
        self.reg_id = secrets.randbelow(16380) + 1
        self.signed_id, self.signed = 1, KeyPair()
        self.signed_sig = identity.sign(_point(self.signed.pub))
        self.prekeys: dict[int, KeyPair] = {}
        self._next_prekey = 1
        self.sessions: dict[JID, list[_Session]] = {}

    def new_prekey(self) -> tuple[int, bytes]:
        pid, self._next_prekey = self._next_prekey, self._next_prekey + 1
        self.prekeys[pid] = KeyPair()
        return pid, self.prekeys[pid].pub

    def has_session(self, peer: JID) -> bool:
        return any(s.send for s in self.sessions.get(peer, []))

    def start(self, peer: JID, bundle: dict) -> None:
        """bundle: identity, signed_id, signed, prekey_id, prekey (raw 32-byte public keys)."""
        s = _Session(self.identity.pub, bundle["identity"])
        base = KeyPair()
        secret = (
            b"\xff" * 32 + self.identity.dh(bundle["signed"]) + base.dh(bundle["identity"]) + base.dh(bundle["signed"])
        )
        if bundle.get("prekey"):
            secret += base.dh(bundle["prekey"])
        okm = hkdf(secret, ZERO, b"WhisperText", 64)
        s.root = okm[:32]
        s.recv[bundle["signed"]] = _Chain(okm[32:])
        s.ratchet = KeyPair()
        s.send = _Chain(s._dh(bundle["signed"]))
        s.base_key = base.pub
        s.pending = (bundle.get("prekey_id"), bundle["signed_id"], base.pub)
        self.sessions.setdefault(peer, []).insert(0, s)

    def encrypt(self, peer: JID, plain: bytes) -> tuple[str, bytes]:
        n = random.randint(1, 15)
        s = next(s for s in self.sessions[peer] if s.send)
        pending = s.pending
        msg = s.encrypt(plain + bytes([n]) * n)
        if not pending:
            return "msg", msg
        return "pkmsg", b"\x33" + pb.enc(
            (1, pending[0]),
            (2, _point(pending[2])),
            (3, _point(self.identity.pub)),
            (4, msg),
            (5, self.reg_id),
            (6, pending[1]),
        )

    def decrypt(self, peer: JID, kind: str, raw: bytes) -> bytes:
        if kind == "pkmsg":
            m = pb.dec(raw[1:])
            base = pb.first(m, 2)[1:]
            if not any(s.base_key == base for s in self.sessions.get(peer, [])):
                self._accept(peer, m, base)
            raw = pb.first(m, 4)
        last: Exception = DecryptError("no session")
        states = self.sessions.get(peer, [])
        for s in list(states):
            try:
                plain = s.decrypt(raw)
            except (DecryptError, ValueError) as e:
                last = e
                continue
            states.remove(s)
            states.insert(0, s)
            return plain[: -plain[-1]]
        raise DecryptError(str(last))

    def _accept(self, peer: JID, m: dict, base: bytes) -> None:
        if pb.first(m, 6) != self.signed_id:
            raise DecryptError("unknown signed prekey")
        identity = pb.first(m, 3)[1:]
        secret = b"\xff" * 32 + self.signed.dh(identity) + self.identity.dh(base) + self.signed.dh(base)
        pid = pb.first(m, 1)
        if pid is not None:
            key = self.prekeys.get(pid)
            if key is None:
                raise DecryptError("unknown one-time prekey")
            secret += key.dh(base)
        okm = hkdf(secret, ZERO, b"WhisperText", 64)
        s = _Session(self.identity.pub, identity)
        s.root, s.ratchet, s.base_key = okm[:32], self.signed, base
        s.send = _Chain(okm[32:])
        self.sessions.setdefault(peer, []).insert(0, s)
