"""Routing of messages, receipts and presence."""

from tests.waserver.accounts import Account, Device
from tests.waserver.binxml import JID, LID, PN, Node
from tests.waserver.conn import now


class Routing:
    """The part of the server that carries stanzas between phones and linked devices."""

    # -- routing
    def targets(self, jid: JID):
        """(account, device or SimPhone) for a device JID, or None."""
        acc = self.find(jid)
        if acc is None:
            return None
        dev = acc.sim if jid.device == 0 else acc.devices.get(jid.device)
        return (acc, dev) if dev is not None else None

    def route_message(self, sender: Account, sender_dev: int, n: Node) -> None:
        self.sent += 1
        to: JID = n.attrs["to"]
        self.seen[(sender.phone, n.attrs["id"])] = now()
        if len(self.seen) > 50000:
            self.seen.popitem(last=False)
        peer = self.find(to)
        self.note(
            "message", sender=sender.phone, device=sender_dev, to=peer.phone if peer else str(to), id=n.attrs["id"]
        )
        extra = [c for c in n.children if c.tag not in ("participants", "enc", "reporting", "tctoken", "cstoken")]
        parts = n.child("participants")
        pairs = [(t.attrs["jid"], t.child("enc")) for t in parts.all("to")] if parts else [(to, n.child("enc"))]
        for jid, enc in pairs:
            hit = self.targets(jid)
            if hit is None or enc is None:
                continue
            acc, dev = hit
            server = jid.server if jid.server in (LID, PN) else LID
            attrs = {
                "from": JID(sender.lid if server == LID else sender.phone, server, sender_dev),
                "id": n.attrs["id"],
                "t": now(),
                "type": n.attrs.get("type", "text"),
                "notify": sender.name,
                "edit": n.attrs.get("edit"),
                "category": n.attrs.get("category"),
            }
            if acc is sender:
                attrs["recipient"] = n.attrs.get("recipient") or (to.bare() if parts else None)
                if attrs["recipient"] and (peer := self.find(attrs["recipient"])):
                    attrs["peer_recipient_pn" if attrs["recipient"].server == LID else "peer_recipient_lid"] = peer.jid(
                        PN if attrs["recipient"].server == LID else LID
                    )
            else:
                if sender.phone in acc.blocked:
                    continue
                attrs["sender_pn" if server == LID else "sender_lid"] = sender.jid(PN if server == LID else LID)
            body = enc.content
            if acc.faults.corrupt and acc is not sender and isinstance(dev, Device):
                acc.faults.corrupt -= 1
                body = body[:-1] + bytes([body[-1] ^ 1])
            attrs = {k: v for k, v in attrs.items() if v is not None}
            msg = Node("message", attrs, [Node("enc", enc.attrs, body), *extra])
            dev.deliver(msg)
            if acc.faults.duplicate and isinstance(dev, Device) and dev.conn:
                dev.conn.send(msg)

    def _tell_own(self, sender_dev: int, kind: str | None, to: JID, attrs: dict, n: Node) -> None:
        """Receipts between devices of one account: "sender" goes to the device that sent the message; peer_msg,
        hist_sync and read-self are only the server's to know."""
        if kind == "sender" and (hit := self.targets(to)) and hit[1].id != sender_dev:
            hit[1].deliver(Node("receipt", {k: v for k, v in attrs.items() if v is not None}, n.content))

    def route_receipt(self, sender: Account, sender_dev: int, n: Node) -> None:
        to: JID = n.attrs["to"]
        acc, kind = self.find(to), n.attrs.get("type")
        if acc is None:
            return
        ids = [n.attrs["id"]] + [i.attrs["id"] for lst in n.all("list") for i in lst.all("item")]
        self.note("receipt", sender=sender.phone, device=sender_dev, to=acc.phone, type=kind or "delivered", ids=ids)
        if acc.faults.drop_receipts:
            return
        me = JID(sender.lid if to.server == LID else sender.phone, to.server, sender_dev)
        attrs = {
            "id": n.attrs["id"],
            "from": me,
            "t": now(),
            "type": kind,
            "participant": n.attrs.get("participant"),
            "recipient": n.attrs.get("recipient"),
        }
        if kind == "retry":
            if hit := self.targets(to):
                hit[1].deliver(Node("receipt", {k: v for k, v in attrs.items() if v is not None}, n.content))
            return
        if acc is sender:
            self._tell_own(sender_dev, kind, to, attrs, n)
            return
        if kind in ("read", "played"):
            attrs["from"] = me.bare()
            for dev in [sender.sim, *sender.devices.values()]:  # the reader's other devices learn it too
                if dev.id != sender_dev:
                    dev.deliver(
                        Node(
                            "receipt",
                            {
                                "id": n.attrs["id"],
                                "from": JID(me.user, me.server, sender_dev),
                                "t": now(),
                                "type": f"{kind}-self",
                                "recipient": to.bare(),
                            },
                            n.content,
                        )
                    )
        for dev in [acc.sim, *acc.devices.values()]:
            dev.deliver(Node("receipt", {k: v for k, v in attrs.items() if v is not None}, n.content))

    # -- presence
    def set_presence(self, acc: Account, available: bool) -> None:
        acc.available = available
        for phone in acc.subscribers:
            self.send_presence(acc, self.accounts[phone])

    def send_presence(self, about: Account, to: Account) -> None:
        attrs = {"from": about.jid()}
        if not about.available:
            attrs |= {"type": "unavailable", "last": str(now())}
        for d in to.devices.values():
            if d.conn and d.conn.live:
                d.conn.send(Node("presence", attrs))

    def chatstate(self, sender: Account, to: Account, state: str, media: str | None = None) -> None:
        self.note("chatstate", sender=sender.phone, to=to.phone, state=state)
        for d in to.devices.values():
            if d.conn and d.conn.live:
                d.conn.send(Node("chatstate", {"from": sender.jid()}, [Node(state, {"media": media} if media else {})]))
