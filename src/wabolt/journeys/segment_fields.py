"""Segment fields of journeys: who is in one, who has finished one, and who got the message of a step."""

from django.db.models import CharField, F, Value
from django.db.models.functions import Concat
from django.utils.translation import pgettext_lazy as pgettext

from wabolt.journeys.models import Journey, JourneyStep
from wabolt.journeys.queries.asking import journeys_asking
from wabolt.journeys.timeline import ENDED, ENTERED
from wabolt.lib.row_lookups import RowLookup
from wabolt.segments.registry import (
    ContactRows,
    FieldGroup,
    FieldSpec,
    Kind,
    named_rows,
    register_fields,
    register_lookup,
    register_text_use,
)

GROUP = FieldGroup("journeys", pgettext("segment", "Journeys"), 55)
_IN = "je.state IN ('active', 'parked')"
_ENROLLED = "journeys_enrollment je"
_HERE = "je.workspace_id = %s"
_INSIDE = ContactRows(_ENROLLED, "je.contact_id", here=_HERE, where=_IN)
_FINISHED = ContactRows(_ENROLLED, "je.contact_id", here=_HERE, where="je.state = 'finished'", at="je.ended_at")
_GOT = ContactRows(
    "messaging_message jm",
    "jm.contact_id",
    here="jm.workspace_id = %s",
    where="jm.origin_kind = 'journey' AND jm.state IN ('sent', 'delivered', 'read')",
    at="jm.sent_at",
)
_JOURNEYS = RowLookup("journey", lambda workspace: Journey.objects.filter(workspace=workspace), newest_first=True)
# Deleted steps are found too, because people got their messages. A step without a title has no name to ask for.
_STEPS = RowLookup(
    "journey step",
    lambda workspace: (
        JourneyStep.objects.filter(journey__workspace=workspace, kind="send")
        .exclude(title="")
        .annotate(full=Concat(F("journey__name"), Value(": "), F("title"), output_field=CharField()))
    ),
    columns=("full",),
    newest_first=True,
)


FIELDS = (
    FieldSpec(
        "in journey",
        Kind.TAG,
        GROUP.key,
        pgettext("segment", "Inside a journey"),
        words={"id": ("sedang di alur", "di alur")},
        aliases=("journey", "inside journey", "alur"),
        lookup=_JOURNEYS.key,
        leaf=named_rows(_INSIDE, "je.journey_id"),
        changed_by=frozenset({ENTERED, ENDED}),
        sentences={
            "": pgettext("segment", "is in the journey {}"),
            "not:": pgettext("segment", "is not in the journey {}"),
            "in": pgettext("segment", "is in one of the journeys {}"),
            "not:in": pgettext("segment", "is in none of the journeys {}"),
            "is not empty": pgettext("segment", "is in any journey"),
            "is empty": pgettext("segment", "is in no journey"),
        },
    ),
    FieldSpec(
        "finished journey",
        Kind.TAG,
        GROUP.key,
        pgettext("segment", "Journey finished"),
        words={"id": ("selesai alur", "menyelesaikan alur")},
        aliases=("completed journey", "journey finished"),
        lookup=_JOURNEYS.key,
        leaf=named_rows(_FINISHED, "je.journey_id"),
        changed_by=frozenset({ENTERED, ENDED}),
        sentences={
            "": pgettext("segment", "finished the journey {}"),
            "not:": pgettext("segment", "did not finish the journey {}"),
            "in": pgettext("segment", "finished one of the journeys {}"),
            "not:in": pgettext("segment", "finished none of the journeys {}"),
            "is not empty": pgettext("segment", "finished any journey"),
            "is empty": pgettext("segment", "finished no journey"),
        },
    ),
    FieldSpec(
        "got step",
        Kind.TAG,
        GROUP.key,
        pgettext("segment", "Message of a journey"),
        words={"id": ("pesan alur", "dapat pesan alur")},
        aliases=("journey message", "step", "langkah"),
        lookup=_STEPS.key,
        leaf=named_rows(_GOT, "jm.origin_id"),
        changed_by=frozenset({"message_sent", "message_delivered", "message_read", "message_failed"}),
        sentences={
            "": pgettext("segment", "got the journey message {}"),
            "not:": pgettext("segment", "did not get the journey message {}"),
            "in": pgettext("segment", "got one of the journey messages {}"),
            "not:in": pgettext("segment", "got none of the journey messages {}"),
            "is not empty": pgettext("segment", "got any journey message"),
            "is empty": pgettext("segment", "got no journey message"),
        },
    ),
)


def register() -> None:
    """Called from `JourneysConfig.ready`."""
    register_text_use(journeys_asking)
    register_lookup(_JOURNEYS)
    register_lookup(_STEPS)
    register_fields(GROUP, *FIELDS)
