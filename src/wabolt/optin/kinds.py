"""The kinds of ways in that need no pages of their own. Other kinds register in their own package of this room."""

from django.utils.translation import gettext_lazy as _

from wabolt.optin import public_views
from wabolt.optin.models import EntryPoint
from wabolt.optin.registry import PointKind, register_kind


def register() -> None:
    """Called from `OptinConfig.ready`."""
    kind = EntryPoint.Kind
    register_kind(
        PointKind(
            key=kind.QR,
            label=_("QR at the till"),
            hint=_("At the till, on the table, on the packaging"),
            icon="qrcode",
            order=10,
        )
    )
    register_kind(
        PointKind(
            key=kind.FORM,
            label=_("Form"),
            hint=_("A page of your own with a few questions"),
            icon="checklist",
            order=20,
            opens_page=True,
            public=public_views.ask_questions,
        )
    )
    register_kind(
        PointKind(
            key=kind.LINK,
            label=_("Link in bio"),
            hint=_("For your bio on Instagram or TikTok"),
            icon="link",
            order=30,
        )
    )
    register_kind(
        PointKind(
            key=kind.CHAT,
            label=_("Ask in a chat"),
            hint=_("With one tap, to somebody who writes to you"),
            icon="message",
            order=60,
        )
    )
