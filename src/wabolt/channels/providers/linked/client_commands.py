"""Executes the gateway's commands with the library, in the child: send, check, read receipts, profile.

Each function takes the command and returns a plain dict.
"""

import asyncio
import base64
from typing import Any

from wabolt.channels.providers.linked.downloads import download
from wabolt.channels.providers.linked.event_store import EventStore
from wabolt.channels.providers.linked.profile import read_profile, set_profile
from wabolt.channels.providers.linked.refs import seal

_NOT_SENT = (
    "failed to send message node: websocket not connected",
    "disconnected before info query",
    "info query timed out",
    "failed to get device list",
    "failed to get user info",
    "client is nil",
    "not logged in",
)
"""Library errors that occur before anything is sent."""
_NO_LINE = "websocket not connected"
"""The same text also appears when a message was sent, the connection broke, and did not return in time."""


class CommandRunner:
    """The commands of one client."""

    def __init__(self, client: Any, store: EventStore, key: bytes, proxy: str = "") -> None:
        self.client = client
        self.store = store
        self.key = key
        self.proxy = proxy
        self._stuck: asyncio.Future[Any] | None = None
        self._uploads: dict[tuple[str, str], tuple[Any, dict[str, Any]]] = {}

    async def do(self, command: dict[str, Any]) -> dict[str, Any]:
        """Executes a command by its name. An exception becomes `error` in the answer."""
        action = getattr(self, f"do_{command['do']}", None)
        if action is None:
            return {"error": f"no such command: {command['do']}"}
        try:
            answer: dict[str, Any] = await action(command)
        except Exception as error:  # noqa: BLE001 - the library raises any exception; the gateway decides
            return {"error": str(error) or repr(error)}
        return answer

    async def do_send(self, command: dict[str, Any]) -> dict[str, Any]:
        """Sends a message. The answer has `end`: "accepted", "refused", "later" or "ambiguous" (see
        `registry.contract`).

        Waits `seconds` for the acknowledgement. The library itself waits 75 s and blocks later messages as long.
        """
        if self._stuck is not None and not self._stuck.done():
            return {"end": "later", "code": "offline"}  # the previous message still waits for its acknowledgement
        self._stuck = None
        secret = seal(self.key, command["ref"])
        try:
            message = await self._message(command, secret)
        except Exception as error:  # noqa: BLE001 - an error here comes before the message exists
            return {"end": "later", "code": "offline", "detail": str(error)}
        sending = asyncio.ensure_future(self.client.send_message(address(command["to"]), message))
        try:
            sent = await asyncio.wait_for(asyncio.shield(sending), command["seconds"])
        except TimeoutError:
            self._stuck = sending
            sending.add_done_callback(lambda done: done.cancelled() or done.exception())
            return {"end": "ambiguous", "message": await self._id_of(secret), "detail": "no acknowledgement"}
        except Exception as error:  # noqa: BLE001 - mapped by its text below
            return self._ended(str(error), await self._id_of(secret))
        return {"end": "accepted", "message": sent.ID, "at": sent.Timestamp}

    async def _id_of(self, secret: bytes) -> str | None:
        return await asyncio.to_thread(self.store.secret_ref, secret)

    def _ended(self, error_text: str, message_id: str | None) -> dict[str, Any]:
        """Maps a library error to the end of a send. An id means that the message was stored for sending."""
        lower = error_text.lower()
        if "no lid found" in lower or "recipient is not on whatsapp" in lower:
            return {"end": "refused", "code": "wrong_number", "detail": error_text}
        if "server returned error" in lower:
            code = lower.rpartition("server returned error")[2].strip(" :")
            return {"end": "refused", "code": "reach_out_locked" if code.startswith("463") else "rejected"} | {
                "detail": error_text
            }
        if any(words in lower for words in _NOT_SENT) or (message_id is None and _NO_LINE in lower):
            return {"end": "later", "code": "offline", "detail": error_text}
        return {"end": "ambiguous", "message": message_id, "detail": error_text}

    async def _message(self, command: dict[str, Any], secret: bytes) -> Any:
        from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e

        message = e2e.Message()
        media = command.get("media")
        if media:
            self._fill_media(message, media, command["text"])
        else:
            message.extendedTextMessage.text = command["text"]
        if quote := command.get("quote"):
            part = message.extendedTextMessage if not media else getattr(message, _FIELD[media["kind"]])
            part.contextInfo.stanzaID = quote["id"]
            part.contextInfo.participant = await self._own_jid() if quote.get("ours") else command["to"]
            part.contextInfo.quotedMessage.conversation = quote.get("text", "")
        message.messageContextInfo.messageSecret = secret
        return message

    async def do_upload(self, command: dict[str, Any]) -> dict[str, Any]:
        """Uploads a file once for all messages of this process."""
        from neonize.utils.enum import MediaType

        media = command["media"]
        kinds = {
            "image": MediaType.MediaImage,
            "video": MediaType.MediaVideo,
            "audio": MediaType.MediaAudio,
            "document": MediaType.MediaDocument,
        }
        uploaded = await self.client.upload(base64.b64decode(media["data"]), kinds[media["kind"]])
        self._uploads[media["kind"], media["sha256"]] = (uploaded, media.get("looks", {}))
        return {}

    def _fill_media(self, message: Any, media: dict[str, Any], caption: str) -> None:
        up, looks = self._uploads[media["kind"], media["sha256"]]
        part = getattr(message, _FIELD[media["kind"]])
        part.URL, part.directPath, part.mediaKey = up.url, up.DirectPath, up.MediaKey
        part.fileEncSHA256, part.fileSHA256, part.fileLength = up.FileEncSHA256, up.FileSHA256, up.FileLength
        part.mimetype = media["mime"]
        if media["kind"] == "image" and looks:
            # A phone shows this until the picture is loaded.
            part.width, part.height = looks["width"], looks["height"]
            part.JPEGThumbnail = base64.b64decode(looks["thumbnail"])
        if media["kind"] == "document":
            part.fileName = part.title = media["name"]
        if caption and media["kind"] != "audio":
            part.caption = caption

    async def _own_jid(self) -> str:
        me = await self.client.get_me()
        return f"{me.LID.User}@lid" if me.LID.User else f"{me.JID.User}@s.whatsapp.net"

    async def do_check(self, command: dict[str, Any]) -> dict[str, Any]:
        """Returns which numbers (E.164) are on WhatsApp, with their LIDs."""
        found = await self.client.is_on_whatsapp(*command["phones"])
        return {
            "found": {r.Query: {"is_on": r.IsIn, "lid": r.JID.User if r.JID.Server == "lid" else ""} for r in found}
        }

    async def do_fetch(self, command: dict[str, Any]) -> dict[str, Any]:
        """Downloads a received file (`downloads`)."""
        return await download(self.client, command["reference"], command["max_bytes"])

    async def do_typing(self, command: dict[str, Any]) -> dict[str, Any]:
        """Shows or ends "typing" for a contact."""
        from neonize.utils.enum import ChatPresence, ChatPresenceMedia

        state = ChatPresence.CHAT_PRESENCE_COMPOSING if command["on"] else ChatPresence.CHAT_PRESENCE_PAUSED
        await self.client.send_chat_presence(address(command["to"]), state, ChatPresenceMedia.CHAT_PRESENCE_MEDIA_TEXT)
        return {}

    async def do_read(self, command: dict[str, Any]) -> dict[str, Any]:
        """Marks messages of a contact as read."""
        from neonize.utils.enum import ReceiptType

        who = address(command["to"])
        await self.client.mark_read(*command["ids"], chat=who, sender=who, receipt=ReceiptType.READ)
        return {}

    async def do_profile(self, command: dict[str, Any]) -> dict[str, Any]:
        """Sets the given parts of the profile and returns it (`profile.read_profile`)."""
        await set_profile(self.client, command)
        seen = await read_profile(self.client, command.get("have", ""), self.proxy)
        return seen | {key: command[key] for key in ("name", "about") if key in command}

    async def do_code(self, command: dict[str, Any]) -> dict[str, Any]:
        """Returns a pairing code to type into the phone."""
        from neonize.utils.enum import ClientName, ClientType

        return {"code": await self.client.PairPhone(command["phone"], True, ClientName.LINUX, ClientType.CHROME)}

    async def do_logout(self, command: dict[str, Any]) -> dict[str, Any]:
        """Unlinks this device."""
        await self.client.logout()
        return {}


_FIELD = {"image": "imageMessage", "video": "videoMessage", "audio": "audioMessage", "document": "documentMessage"}


def address(text: str) -> Any:
    """Parses a JID: "6281...@s.whatsapp.net" or "1234@lid"."""
    from neonize.utils.jid import build_jid

    user, _, server = text.partition("@")
    return build_jid(user, server)
