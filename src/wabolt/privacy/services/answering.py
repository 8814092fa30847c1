"""The answers to a request. Each closes it, with one message to the person."""

import logging
from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import User
from wabolt.consent.queries import restriction_of
from wabolt.consent.services import lift_restriction, object_to_profiling, restrict
from wabolt.contacts.services import erase_contacts
from wabolt.lib import clock, formats
from wabolt.lib.errors import DomainError
from wabolt.lib.public_address import Reach, absolute_url, who_can_open
from wabolt.lib.text import storable
from wabolt.media.services import store_media
from wabolt.messaging.models import Message
from wabolt.privacy.models import EXPORT_VALID_FOR, DataRequest, RequestStep
from wabolt.privacy.services.exports import make_export
from wabolt.privacy.services.requests import ORIGIN, Asked, add_step, close, end_promotions, locked, write

log = logging.getLogger(__name__)
LAST_MESSAGE_FOR = timedelta(minutes=15)
"""Time in which the message before an erasure has to leave. Then the data goes, sent or not."""
_LEAVING = ("queued", "sending")


@transaction.atomic
def answer_access(*, request: DataRequest, actor: User, left_out: Collection[str] = ()) -> DataRequest:
    """Makes the copy and sends it in the chat: as a link that works once, or as a document where the address of this
    installation cannot be opened from outside. Raises DomainError "closed", and for a number that sends no documents.
    """
    request = locked(request)
    made = make_export(request=request, actor=actor, left_out=left_out)
    workspace = request.workspace
    with override(workspace.language):
        if who_can_open() is Reach.EVERYONE:
            until = formats.moment(clock.now() + EXPORT_VALID_FOR, workspace.tz, workspace.language)
            text = _(
                "Here is the copy of your data at %(shop)s (request no. %(number)s): %(url)s\n\n"
                "The link works once and until %(until)s. Do not pass it on."
            ) % {
                "shop": workspace.name,
                "number": request.pk,
                "url": absolute_url(f"/data/{made.token}/"),
                "until": until,
            }
            message = write(request, text, key=f"access:{made.pack.pk}")
        else:
            text = _("Here is the copy of your data at %(shop)s (request no. %(number)s).") % {
                "shop": workspace.name,
                "number": request.pk,
            }
            name = _("your-data") + f"-{request.pk}.pdf"
            media = store_media(workspace=workspace, data=made.pdf, name=name)
            message = write(request, text, key=f"access:{made.pack.pk}", media=media)
    return close(request, DataRequest.State.ANSWERED, RequestStep.Kind.SENT, actor, "", message)


@transaction.atomic
def answer_correction(*, request: DataRequest, actor: User, what: str = "") -> DataRequest:
    """Tells the person that the data is corrected. `what`: what was changed. Raises DomainError "closed"."""
    request = locked(request)
    words = storable(what).strip()[:1000]
    with override(request.workspace.language):
        text = _("Your data is corrected (request no. %(number)s). Thank you for telling us.") % {"number": request.pk}
        text = f"{text}\n\n{words}" if words else text
    message = write(request, text, key="corrected")
    return close(request, DataRequest.State.ANSWERED, RequestStep.Kind.CORRECTED, actor, words, message)


@transaction.atomic
def answer_restriction(*, request: DataRequest, actor: User) -> DataRequest:
    """Stops every use of the data and says so. Raises DomainError "closed"."""
    request = locked(request)
    restrict(workspace=request.workspace, contact_id=request.contact_id)
    with override(request.workspace.language):
        text = _(
            "Done: we do not use your data for now, and write to you only about this request (no. %(number)s)."
            " We tell you when that ends."
        ) % {"number": request.pk}
    message = write(request, text, key="restricted")
    return close(request, DataRequest.State.ANSWERED, RequestStep.Kind.RESTRICTED, actor, "", message)


@transaction.atomic
def end_restriction(*, request: DataRequest, actor: User, reason: str = "") -> bool:
    """Ends the restriction of the contact of this request, and tells the person. Returns whether there was one."""
    request = (
        DataRequest.objects.select_for_update(of=("self",))
        .select_related("workspace", "contact", "channel")
        .get(pk=request.pk)
    )
    restriction = restriction_of(request.workspace, request.contact_id)
    if restriction is None:
        return False
    lift_restriction(workspace=request.workspace, contact_id=request.contact_id)
    words = storable(reason).strip()[:500]
    with override(request.workspace.language):
        text = _("From today we use your data again as before (request no. %(number)s).") % {"number": request.pk}
        text = f"{text} {words}" if words else text
    message = write(request, text, key=f"lifted:{restriction.pk}")
    add_step(request, RequestStep.Kind.LIFTED, actor, words, message.pk if message else None)
    return True


@transaction.atomic
def answer_objection(*, request: DataRequest, actor: User) -> DataRequest:
    """Ends promotions and decisions from behaviour, and says so. Raises DomainError "closed"."""
    request = locked(request)
    asked = Asked(request.source, evidence={"request": request.pk})
    end_promotions(workspace=request.workspace, contact_id=request.contact_id, asked=asked, actor=actor)
    object_to_profiling(workspace=request.workspace, contact_id=request.contact_id)
    with override(request.workspace.language):
        text = _(
            "Done: you get no more promotions from %(shop)s, and no program decides anything about you from what you"
            " buy or do (request no. %(number)s)."
        ) % {
            "shop": request.workspace.name,
            "number": request.pk,
        }
    message = write(request, text, key="objected")
    return close(request, DataRequest.State.ANSWERED, RequestStep.Kind.OBJECTED, actor, "", message)


@transaction.atomic
def confirm_erasure(*, request: DataRequest, actor: User) -> DataRequest:
    """Sends the last message to the person; the erasure follows when it has left, or after `LAST_MESSAGE_FOR`.

    The order matters: after the erasure no number is left to write to. Raises DomainError "closed" and "bad_kind".
    """
    request = locked(request)
    if request.kind != DataRequest.Kind.ERASURE:
        raise DomainError(_("This person did not ask for an erasure."), code="bad_kind")
    with override(request.workspace.language):
        text = _(
            "We are now erasing your data at %(shop)s (request no. %(number)s). This is our last message; after it we"
            " no longer have your number."
        ) % {"shop": request.workspace.name, "number": request.pk}
    message = write(request, text, key="erasing")
    request.state, request.erase_at = DataRequest.State.ERASING, clock.now() + LAST_MESSAGE_FOR
    request.owner = request.owner or actor
    request.save(update_fields=["state", "erase_at", "owner"])
    add_step(request, RequestStep.Kind.ERASING, actor, "", message.pk if message else None)
    return request


def finish_erasures() -> int:
    """Erases the people whose last message has left or whose time is over. Returns how many.

    Each erasure is one transaction: a process that is killed in it leaves the request as it was, and the next run
    repeats it. One that fails is logged and holds up no other.
    """
    done = 0
    for pk in DataRequest.objects.filter(state=DataRequest.State.ERASING).order_by("pk").values_list("pk", flat=True):
        try:
            done += _finish(pk)
        except Exception:
            log.exception("the erasure of request %s broke off; the next run repeats it", pk)
    return done


@transaction.atomic
def _finish(pk: int) -> bool:
    request = (
        DataRequest.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("workspace", "contact")
        .filter(pk=pk, state=DataRequest.State.ERASING)
        .first()
    )
    if request is None:
        return False
    waits = Message.objects.filter(contact=request.contact, origin_kind=ORIGIN, state__in=_LEAVING).exists()
    if waits and request.erase_at is not None and request.erase_at > clock.now():
        return False
    step = request.steps.filter(kind=RequestStep.Kind.ERASING).order_by("-pk").first()
    erased = erase_contacts(  # closes the request (receivers)
        workspace=request.workspace, ids=[request.contact_id], by=step.actor if step else None,
        because={"request": request.pk},
    )  # fmt: skip
    return bool(erased)
