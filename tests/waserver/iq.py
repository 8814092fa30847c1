"""Answers to info queries: (xmlns, type, first child tag) -> function(server, conn, node).

A function returns the list of child nodes of the result, or (code, text) for an error.
"""

import json
import zlib

from tests.waserver.binxml import JID, LID, PN, Node

ANSWERS: dict = {}


def answer(xmlns: str, kind: str, *children: str):
    def wrap(fn):
        for c in children or ("*",):
            ANSWERS[(xmlns, kind, c)] = fn
        return fn

    return wrap


def _ok(srv, conn, n):
    return None


for _key in [
    ("w:p", "get", "*"),
    ("passive", "set", "*"),
    ("privacy", "set", "*"),
    ("urn:xmpp:whatsapp:push", "set", "*"),
    ("urn:xmpp:whatsapp:dirty", "set", "*"),
    ("encrypt", "set", "rotate"),
    ("w:stats", "set", "*"),
    ("tos", "set", "*"),
    ("disappearing_mode", "set", "*"),
    ("urn:xmpp:whatsapp:account", "set", "*"),
]:
    ANSWERS[_key] = _ok


# ---- keys ---------------------------------------------------------------------------------


@answer("encrypt", "get", "count")
def key_count(srv, conn, n):
    return [Node("count", {"value": len(conn.device.prekeys)})]


@answer("encrypt", "get", "digest")
def key_digest(srv, conn, n):
    return (404, "item-not-found")


@answer("encrypt", "set", "registration")
def key_upload(srv, conn, n):
    d = conn.device
    d.reg_id = int.from_bytes(n.child("registration").data, "big")
    d.identity = n.child("identity").data
    for k in n.child("list").children:
        d.prekeys[int.from_bytes(k.child("id").data, "big")] = k.child("value").data
    s = n.child("skey")
    d.signed_id, d.signed, d.signed_sig = (
        int.from_bytes(s.child("id").data, "big"),
        s.child("value").data,
        s.child("signature").data,
    )
    srv.note("prekeys", phone=d.account.phone, device=d.id, count=len(d.prekeys))


@answer("encrypt", "get", "key")
def key_fetch(srv, conn, n):
    out = []
    for u in n.child("key").children:
        jid: JID = u.attrs["jid"]
        hit = srv.targets(jid)
        if hit is None:
            out.append(Node("user", {"jid": jid}, [Node("error", {"code": 404, "text": "item-not-found"})]))
            continue
        out.append(Node("user", {"jid": jid, "t": 0}, bundle_nodes(hit[1].bundle())))
    return [Node("list", {}, out)]


def bundle_nodes(b: dict) -> list[Node]:
    nodes = [
        Node("registration", {}, b["reg_id"].to_bytes(4, "big")),
        Node("type", {}, b"\x05"),
        Node("identity", {}, b["identity"]),
        Node(
            "skey",
            {},
            [
                Node("id", {}, b["signed_id"].to_bytes(3, "big")),
                Node("value", {}, b["signed"]),
                Node("signature", {}, b["signed_sig"]),
            ],
        ),
    ]
    if b.get("prekey"):
        nodes.append(
            Node("key", {}, [Node("id", {}, b["prekey_id"].to_bytes(3, "big")), Node("value", {}, b["prekey"])])
        )
    return nodes


# ---- directory ----------------------------------------------------------------------------


@answer("usync", "get", "usync")
def usync(srv, conn, n):
    q = n.child("usync")
    fields = {c.tag: c for c in q.child("query").children}
    out = []
    for u in q.child("list").children:
        jid = u.attrs.get("jid")
        contact = u.child("contact")
        if contact is not None:
            digits = contact.data.decode().split("@")[0].lstrip("+")
            acc = srv.accounts.get(digits)
            srv.note("is-on-whatsapp", phone=digits, found=acc is not None)
            if acc is None:  # no LID for an unknown number
                out.append(Node("user", {"pn_jid": JID(digits)}, [Node("contact", {"type": "out"}, contact.data)]))
                continue
            attrs = {"jid": acc.jid(LID), "pn_jid": acc.jid(PN)}
            if fields.get("contact") is not None and fields["contact"].attrs.get("addressing_mode") != "lid":
                attrs = {"jid": acc.jid(PN)}
            body = [Node("contact", {"type": "in"}, contact.data)]
        else:
            acc = srv.find(jid)
            attrs = {"jid": jid}
            if acc is None:
                continue
            body = []
        if "devices" in fields:
            ids = [0, *sorted(acc.devices)]
            body.append(
                Node(
                    "devices",
                    {},
                    [
                        Node(
                            "device-list",
                            {},
                            [Node("device", {"id": i, **({"key-index": i} if i else {})}) for i in ids],
                        )
                    ],
                )
            )
        if "lid" in fields:
            body.append(Node("lid", {"val": acc.jid(LID)}))
        if "status" in fields:
            body.append(Node("status", {"t": 0}, acc.sim.about))
        if "business" in fields and contact is None:
            body.append(Node("business", {}))
        out.append(Node("user", attrs, body))
    return [
        Node(
            "usync",
            {k: v for k, v in q.attrs.items() if k in ("sid", "mode", "last", "index", "context")},
            [Node("result", {}, [Node(t, {}) for t in fields]), Node("list", {}, out)],
        )
    ]


@answer("w:profile:picture", "get")
def picture(srv, conn, n):
    acc = srv.find(n.attrs.get("target") or n.attrs.get("to"))
    if acc is None or not acc.picture:
        return (404, "item-not-found")
    path = srv.put_media(acc.picture)
    link = {"url": "https://pps.whatsapp.net" + path, "direct_path": path}
    return [Node("picture", {"id": _picture_id(acc), "type": "image", **link})]


@answer("w:profile:picture", "set")
def set_picture(srv, conn, n):
    acc = conn.device.account
    acc.picture = n.child("picture").data
    srv.note("picture", phone=acc.phone, size=len(acc.picture))
    return [Node("picture", {"id": _picture_id(acc), "type": "image"})]


def _picture_id(acc) -> str:
    return str(zlib.crc32(acc.picture))


@answer("w:mex", "get", "query")
def graph(srv, conn, n):
    """WhatsApp's GraphQL: only the about text is set by it here; its input is told by its shape, not by its number."""
    fields = json.loads(n.child("query").data)["variables"].get("input", {})
    if not {"text", "ephemeral_duration_sec"} <= fields.keys():
        return (501, "feature-not-implemented")
    conn.device.account.sim.about = fields["text"]
    return [Node("result", {}, json.dumps({"data": {}}).encode())]


@answer("w:biz", "get", "business_profile")
def biz_profile(srv, conn, n):
    jid = n.child("business_profile", "profile").attrs["jid"]
    acc = srv.find(jid)
    if acc is None or not acc.business:
        return (404, "item-not-found")
    return [
        Node(
            "business_profile",
            {"v": "244"},
            [Node("profile", {"jid": jid}, [Node("address", {}, ""), Node("email", {}, "")])],
        )
    ]


@answer("privacy", "get", "privacy")
def privacy(srv, conn, n):
    cats = {
        "groupadd": "all",
        "last": "all",
        "status": "all",
        "profile": "all",
        "readreceipts": "all",
        "online": "all",
        "calladd": "all",
    }
    return [Node("privacy", {}, [Node("category", {"name": k, "value": v}) for k, v in cats.items()])]


@answer("blocklist", "get")
def blocklist(srv, conn, n):
    acc = conn.device.account
    return [
        Node(
            "list",
            {"dhash": str(len(acc.blocked))},
            [Node("item", {"jid": srv.accounts[p].jid()}) for p in acc.blocked],
        )
    ]


@answer("blocklist", "set", "item")
def block(srv, conn, n):
    item = n.child("item")
    other = srv.find(item.attrs["jid"])
    if other is None:
        return (404, "item-not-found")
    acc = conn.device.account
    (acc.blocked.add if item.attrs.get("action") == "block" else acc.blocked.discard)(other.phone)
    return blocklist(srv, conn, n)


# ---- media, app state, groups, device ------------------------------------------------------


@answer("w:m", "set", "media_conn")
def media_conn(srv, conn, n):
    return [
        Node(
            "media_conn",
            {"auth": "test", "ttl": 3600, "auth_ttl": 21600, "max_buckets": 12},
            [Node("host", {"hostname": "mmg.whatsapp.net"})],
        )
    ]


@answer("w:sync:app:state", "set", "sync")
def app_state(srv, conn, n):
    return [Node("sync", {}, [conn.device.account.sim.app_state(c) for c in n.child("sync").all("collection")])]


@answer("w:g2", "get", "participating")
def groups(srv, conn, n):
    return [Node("groups", {}, [])]


@answer("md", "set", "remove-companion-device")
def remove_device(srv, conn, n):
    dev = conn.device
    srv.unlink(dev.account, dev.id, tell=False)


@answer("md", "set", "link_code_companion_reg")
def link_code(srv, conn, n):
    return srv.on_link_code(conn, n.child("link_code_companion_reg"))


@answer("w", "get", "props")
@answer("abt", "get", "props")
def props(srv, conn, n):
    return [Node("props", {})]
