"""The control API over plain HTTP on the same loopback port: JSON in, JSON out (POST /ctl/<command>)."""

import base64
import json

from tests.waserver.binxml import JID, Node
from tests.waserver.conn import now
from tests.waserver.history import send_history
from tests.waserver.wire import Request, respond


async def control(srv, req: Request, writer) -> None:
    if not req.target.startswith("/ctl/"):
        respond(writer, "404 Not Found", b'{"error":"use /ctl/<command>"}')
        return
    try:
        args = json.loads(req.body or b"{}")
        fn = COMMANDS[req.target[5:].split("?")[0]]
        out = fn(srv, **args)
        if hasattr(out, "__await__"):
            out = await out
        respond(writer, "200 OK", json.dumps({"ok": True, "result": out}, default=str).encode())
    except Exception as e:  # noqa: BLE001 - any error becomes the answer
        respond(writer, "400 Bad Request", json.dumps({"ok": False, "error": f"{type(e).__name__}: {e}"}).encode())


COMMANDS: dict = {}


def command(fn):
    COMMANDS[fn.__name__.rstrip("_").replace("_", "-")] = fn
    return fn


@command
def state(srv):
    return {
        "accounts": {
            a.phone: {
                "lid": a.lid,
                "name": a.name,
                "devices": {
                    d.id: {"online": bool(d.conn and d.conn.live), "pending": len(d.pending), "prekeys": len(d.prekeys)}
                    for d in a.devices.values()
                },
            }
            for a in srv.accounts.values()
        },
        "waiting_qr": len({id(c) for c in srv.refs.values()}),
        "messages": srv.sent,
    }


@command
def register(srv, phone, name="", business=""):
    return {"phone": srv.register(phone, name, business).phone, "lid": srv.register(phone).lid}


@command
async def pair(srv, qr, phone):
    dev = srv.pair(qr, phone)
    await srv.wait_for("paired", 20, phone=dev.account.phone, device=dev.id)
    return {"phone": dev.account.phone, "device": dev.id}


@command
async def pair_code(srv, code, phone):
    device = srv.register(phone).next_device
    srv.pair_code(code, phone)
    await srv.wait_for("paired", 20, phone=phone, device=device)
    return {"phone": phone, "device": device}


@command
def send(srv, sender, to, text=None, image=None, caption="", quote=None):
    p = srv.phone(sender)
    return p.send_image(to, base64.b64decode(image), caption) if image else p.send_text(to, text)


@command
def inbox(srv, phone, since=0):
    return srv.phone(phone).inbox[since:]


@command
def download(srv, phone, message):
    """The file of a message in the phone's inbox, decrypted, as base64."""
    p = srv.phone(phone)
    return base64.b64encode(p.download(next(item for item in p.inbox if item["id"] == message))).decode()


@command
def receipts(srv, phone):
    return srv.phone(phone).receipts


@command
def read(srv, phone, chat, ids=None, kind="read"):
    return srv.phone(phone).mark_read(chat, ids, kind)


@command
def history(srv, phone, chats, kind=0, chunk=1, names=None):
    """One piece of a history sync to every linked device of the number (see `history.blob`)."""
    return send_history(srv, phone, chats, kind, chunk, names or {})


@command
def picture(srv, phone, image=""):
    """The phone's owner sets a profile picture (base64), or takes it away."""
    srv.accounts[phone].picture = base64.b64decode(image)


@command
def profile(srv, phone):
    """Returns the public profile of the number."""
    a = srv.accounts[phone]
    return {"name": a.name, "about": a.sim.about, "picture": base64.b64encode(a.picture).decode()}


@command
def contact(srv, phone, number, full_name, first_name=""):
    srv.phone(phone).save_contact(number, full_name, first_name)


@command
def react(srv, sender, to, target, emoji):
    return srv.phone(sender).react(to, target, emoji)


@command
def edit(srv, sender, to, target, text):
    return srv.phone(sender).edit(to, target, text)


@command
def revoke(srv, sender, to, target):
    return srv.phone(sender).revoke(to, target)


@command
def lose_media(srv):
    """WhatsApp keeps no file for ever."""
    srv.media.clear()


@command
def typing(srv, phone, to, state="composing"):
    srv.chatstate(srv.accounts[phone], srv.accounts[to], state)


@command
def presence(srv, phone, available=True):
    srv.set_presence(srv.accounts[phone], available)


@command
def phone_online(srv, phone, online=True):
    srv.phone(phone).set_online(online)


@command
def fault(srv, phone, **kw):
    f = srv.accounts[phone].faults
    for k, v in kw.items():
        if not hasattr(f, k):
            raise ValueError(f"no fault named {k}")
        setattr(f, k, v)
    return vars(f)


@command
def refuse(srv, on=True):
    srv.refuse = on


@command
def qr_codes(srv, count):
    srv.qr_codes = count


@command
def drop(srv, phone):
    return srv.drop(phone)


@command
def stream_error(srv, phone, code="503", conflict=None):
    srv.stream_error(phone, code, conflict)


@command
def receipt(srv, phone, kind, sender=None, message="3EB0000000000000000000"):
    """Sends a receipt of any type, also an unknown one, to each linked device of the number."""
    frm = srv.accounts[sender].jid() if sender else JID("", "s.whatsapp.net")
    srv.send_raw(phone, Node("receipt", {"from": frm, "id": message, "t": now(), "type": kind}))


@command
def stanza(srv, phone, tag, attributes=None, children=()):
    """Any stanza, from the server itself."""
    parts = [Node(child, {}) for child in children]
    srv.send_raw(phone, Node(tag, {"from": JID("", "s.whatsapp.net"), **(attributes or {})}, parts or None))


@command
def message(srv, sender, to, body, kind="text"):
    """A message with this encoded content (base64 of a `Message`)."""
    return srv.phone(sender).send_message(to, base64.b64decode(body), kind)


@command
def logout(srv, phone, online=True):
    srv.logout(phone, online)


@command
def events(srv, since=0.0, kind=None):
    return [e for e in srv.events if e["t"] > since and (kind is None or e["kind"] == kind)]


@command
def stanzas(srv, last=100):
    return [f"{t:.3f} {who} {way} {n}" for t, way, who, n in list(srv.stanzas)[-last:]]
