"""The kinds of ways in. A part of this room that brings a kind registers it in `OptinConfig.ready`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise

from wabolt.messaging.registry import Arrival
from wabolt.optin.models import Entry, EntryPoint, Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class PointKind:
    """One kind of way in, as the list and the choice of a new one show it.

    - `key`: a value of EntryPoint.Kind. `hint`: what the kind is for. `icon`: a name of the icon sprite.
    - `create`: the URL name of the page for a new one. "optin:new" takes the key, others no argument.
    - `page`, `edit`: the URL names of the members' page and of the settings. Both take the id of the entry point.
    - `opens_page`: whether its QR codes open the public page, because something has to be filled in before the customer
      writes. Otherwise they open WhatsApp.
    - `shown`: whether the public page is shown at this time. None: while people can join, and before. A page that is
      not shown looks like one that does not exist.
    - `public`: answers GET, HEAD and POST of the public page `/m/<slug>/?at=<code of the placement>` in the active
      language; `public_views.placement_of` finds the placement. None: the page with the button that opens WhatsApp.
    - `handle`: handles a message with the code of such an entry point and returns whether it did. Arguments: the
      message, the placement, and the submitted form (None for the code of a placement). `services.confirming.admit`
      confirms the entry. None: the customer joins the list.
    - `small_print`: the text under the offer on a print, in the active language. None: the text that people agree to,
      because a scan of the print leads to their consent.
    """

    key: str
    label: str | Promise
    hint: str | Promise
    icon: str
    order: int
    create: str = "optin:new"
    page: str = "optin:detail"
    edit: str = "optin:edit"
    opens_page: bool = False
    shown: Callable[[EntryPoint, datetime], bool] | None = None
    public: Callable[[HttpRequest, EntryPoint], HttpResponse] | None = None
    handle: Callable[[Arrival, Placement, Entry | None], bool] | None = None
    small_print: Callable[[EntryPoint], str] | None = None

    @property
    def asks_number(self) -> bool:
        """Whether a typed number can confirm a form (`services.numbers`): its YES adds a customer to the list, and does
        nothing else that a kind with its own `handle` needs."""
        return self.handle is None

    def create_url(self) -> str:
        """The address of the page that makes a new one."""
        return reverse(self.create, args=[self.key] if self.create == "optin:new" else [])

    def page_url(self, point_id: int) -> str:
        """The address of the members' page of an entry point of this kind."""
        return reverse(self.page, args=[point_id])

    def edit_url(self, point_id: int) -> str:
        """The address of the settings of an entry point of this kind."""
        return reverse(self.edit, args=[point_id])


_kinds: dict[str, PointKind] = {}


def register_kind(kind: PointKind) -> None:
    """Adds a kind. Raises ValueError for a key that is no EntryPoint.Kind or that is registered already."""
    if kind.key not in EntryPoint.Kind.values or kind.key in _kinds:
        raise ValueError(f"{kind.key!r} is unknown or registered already")
    _kinds[kind.key] = kind


def kinds() -> list[PointKind]:
    """All kinds, in the order of the choice."""
    return sorted(_kinds.values(), key=lambda kind: kind.order)


def kind_of(key: str) -> PointKind:
    """The kind with this key. Raises KeyError."""
    return _kinds[key]
