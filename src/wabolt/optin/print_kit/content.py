"""The texts and the code of one printed QR code."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.lib import formats
from wabolt.media.models import MediaFile
from wabolt.media.queries import media_bytes
from wabolt.optin.models import EntryPoint, Placement
from wabolt.optin.print_kit.pictures import square
from wabolt.optin.print_kit.type_setting import loses_letters, printable
from wabolt.optin.queries import FirstMessage, first_message, is_simulated, scan_url
from wabolt.optin.registry import kind_of

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_USUAL_COLOUR = "#4f3cc9"


@dataclass(frozen=True, slots=True)
class Content:
    """The printed content, in the language of the entry point and with the characters that the fonts have.

    `message`: the customer's message with its address, and `short_message` the same without the greeting, for codes
    that would be too fine otherwise. `by_hand`: the way to join without a scan. `placement`: for the shop, in small
    print. `logo`, `picture`: square JPEGs; b"" without one. `stamp`: the word that covers the code on prints
    of a simulated number; "" for a real one.
    """

    shop: str
    offer: str
    consent: str
    consent_is_whole: bool
    steps: tuple[str, str, str]
    by_hand: str
    placement: str
    colour: str
    message: FirstMessage
    short_message: FirstMessage
    logo: bytes = b""
    picture: bytes = b""
    stamp: str = ""

    @classmethod
    def of(cls, point: EntryPoint, placement: Placement) -> "Content":
        """The content for a placement of an entry point, which needs its workspace, channel and wording."""
        phone = printable(formats.phone(point.channel.phone))
        small_print = kind_of(point.kind).small_print
        with override(point.language):
            wording = small_print(point) if small_print else placement.wording.text
            offer = printable(point.incentive) or printable(point.headline) or _("News and offers on WhatsApp")
            by_hand = _("Or write #%(code)s to %(phone)s") % {"code": placement.code, "phone": phone}
            simulated = is_simulated(point)
            note = _("Sample of a simulated number, not to be printed") if simulated else ""
            medium = "" if placement.medium == Placement.Medium.OTHER else str(placement.get_medium_display())
            placed = (note, f"#{placement.code}", placement.branch, medium, placement.staff)
            return cls(
                shop=printable(point.workspace.name) or phone or "WhatsApp",
                offer=offer,
                consent=printable(wording),
                consent_is_whole=not loses_letters(wording),
                steps=(_("Scan"), _("Send"), _("Done") if small_print else _("Joined")),
                by_hand=printable(by_hand) if phone else "",
                placement=" · ".join(filter(None, map(printable, placed))),
                colour=point.colour if _COLOUR.fullmatch(point.colour) else _USUAL_COLOUR,
                message=_scanned(point, placement),
                short_message=_scanned(point, placement, greeting=""),
                logo=_square(point, point.logo, whole=True),
                picture=_square(point, point.picture, whole=False),
                stamp=_("SAMPLE") if simulated else "",
            )


def _square(point: EntryPoint, file: MediaFile | None, *, whole: bool) -> bytes:
    return square(media_bytes(point.workspace, file.pk), whole=whole) if file else b""


def _scanned(point: EntryPoint, placement: Placement, greeting: str | None = None) -> FirstMessage:
    """The customer's message; the address is that of the public page if it asks something first."""
    message = first_message(point, placement.code, greeting=greeting)
    return FirstMessage(message.text, scan_url(point, placement)) if kind_of(point.kind).opens_page else message
