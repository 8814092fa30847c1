"""Entries of giveaways in the registries of this room and of lower ones."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.registry import Target, register_audit
from wabolt.contacts.registry import (
    EventFact,
    EventKind,
    PersonalData,
    names_of,
    register_event_kinds,
    register_personal_data,
)
from wabolt.messaging.registry import Origin, Responder, register_origin, register_responder
from wabolt.optin.giveaways import public_views, queries
from wabolt.optin.giveaways.alerting import register_alerts
from wabolt.optin.giveaways.services import answer_words, take_part
from wabolt.optin.models import EntryPoint, Giveaway
from wabolt.optin.queries import page_url
from wabolt.optin.registry import PointKind, register_kind

_GIVEAWAY = EventFact("giveaway", _("Giveaway"), names_of(Giveaway, "point__name"))


def register() -> None:
    """Called from `OptinConfig.ready`."""
    register_kind(
        PointKind(
            key=EntryPoint.Kind.GIVEAWAY,
            label=_("Giveaway, contest or draw"),
            hint=_("Customers write a word and get a reward"),
            icon="gift",
            order=50,
            create="optin:new_giveaway",
            page="optin:giveaway",
            edit="optin:edit_giveaway",
            shown=_is_shown,
            public=public_views.show,
            handle=take_part,
            small_print=_small_print,
        )
    )
    register_responder(Responder("giveaway", 25, answer_words, claims=queries.claimed_words))
    register_origin(
        Origin(
            queries.ORIGIN,
            _("Giveaway"),
            page=lambda pk: reverse("optin:giveaway", args=[pk]),
            attribution_window=timedelta(days=30),
        )
    )
    register_event_kinds(
        EventKind("giveaway_entered", _("Took part in a giveaway"), "ticket", "messages", "primary",
                  lines=_lines, facts=(_GIVEAWAY,)),
        EventKind("giveaway_won", _("Won a prize"), "gift", "messages", "good",
                  lines=_lines, facts=(_GIVEAWAY,)),
        EventKind("giveaway_lost", _("The prize went to the next person"), "x", "messages",
                  lines=_lines, facts=(_GIVEAWAY,)),
    )  # fmt: skip
    register_personal_data(
        PersonalData(
            "optin_entrant",
            _("Giveaways"),
            once=("giveaway_id",),
            keeps=("ticket",),  # random; a published draw stays computable with it
            count_words=lambda count: ngettext(
                "took part in %(count)s giveaway", "took part in %(count)s giveaways", count
            ),
        )
    )
    _register_audit()
    register_alerts()


def _is_shown(point: EntryPoint, at: datetime) -> bool:
    """The page with the rules of a contest or draw stays after the closing for those who take part: it shows the result
    and what proves it."""
    if point.is_open(at) or point.opens_later(at):
        return True
    return point.giveaway.kind != Giveaway.Kind.REWARD and point.giveaway.last_number > 0


def _small_print(point: EntryPoint) -> str:
    """The rules in short, for a print: the code leads to no permission."""
    words = gettext("Free, one entry per person. Taking part is no permission for promotions. Rules: %(url)s")
    return words % {"url": page_url(point)}


def _register_audit() -> None:
    register_audit(
        actions={
            "giveaway.create": _("Made a giveaway"),
            "giveaway.edit": _("Changed a giveaway"),
            "giveaway.publish": _("Published the result of a contest"),
            "giveaway.lock": _("Fixed the list of entrants of a draw"),
            "giveaway.draw": _("Drew the winners"),
            "giveaway.redraw": _("Dropped a winner and let the next one win"),
        },
        targets={"giveaway": Target("optin.EntryPoint", "name", "optin:giveaway")},
        settings={
            "winners": _("Winners"),
            "chosen": _("Chosen in a tie"),
            "tickets": _("Tickets"),
            "tickets_sha256": _("Hash of the tickets"),
            "seed_sha256": _("Hash of the seed"),
            "seed": _("Seed"),
            "announced": _("Announced value"),
            "public_value": _("Public value"),
            "rank": _("Rank"),
            "note": _("Note"),
            "next": _("Next rank"),
        },
    )


def _lines(workspace_id: int, events: Sequence[Mapping[str, object]]) -> list[str]:
    """The name of the giveaway, with the number of the entrant or of the prize."""
    ids = {str(event.get("giveaway") or 0) for event in events}
    names = dict(EntryPoint.objects.filter(workspace=workspace_id, pk__in=ids).values_list("pk", "name"))
    found = []
    for event in events:
        name = names.get(event.get("giveaway"), "")  # type: ignore[call-overload]
        if event.get("place"):
            name = gettext("%(name)s, prize %(place)s") % {"name": name, "place": event["place"]}
        elif event.get("number"):
            name = gettext("%(name)s, number %(number)s") % {"name": name, "number": event["number"]}
        found.append(name)
    return found
