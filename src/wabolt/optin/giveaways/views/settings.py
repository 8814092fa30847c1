"""Making and changing a giveaway, with a preview of the conversation as a customer will see it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import user_of, workspace_of
from wabolt.channels.queries import channels
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean, storable
from wabolt.lib.web import accepts_body, edits, render_page, requires
from wabolt.media.queries import shown_media
from wabolt.optin.gifts import gifts_of_journeys
from wabolt.optin.giveaways import services
from wabolt.optin.giveaways.forms import GiveawayForm
from wabolt.optin.giveaways.services.answers import default_reward_text, voucher_words
from wabolt.optin.giveaways.views.common import giveaway_or_404
from wabolt.optin.models import EntryPoint, Giveaway
from wabolt.optin.services.offering import offer_text
from wabolt.optin.wordings import default_wording
from wabolt.ui.bubbles import Attachment

SAMPLE_CODE = "K7QMP4XT"


@accepts_body(settings.MEDIA_MAX_BYTES)
@requires("manager")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form for a new giveaway."""
    if not channels(workspace_of(request)).exists():
        return redirect("optin:choose")
    return _edit(request, None)


@accepts_body(settings.MEDIA_MAX_BYTES)
@requires("manager")
@edits(EntryPoint, "giveaway_id")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, giveaway_id: int) -> HttpResponse:
    """The form for the settings of a giveaway."""
    return _edit(request, giveaway_or_404(request, giveaway_id))


def _edit(request: HttpRequest, giveaway: Giveaway | None) -> HttpResponse:
    workspace, posted = workspace_of(request), request.method == "POST"
    form = GiveawayForm(
        request.POST if posted else None, request.FILES if posted else None, workspace=workspace, giveaway=giveaway
    )
    if posted and form.is_valid():
        try:
            saved = (
                services.update_giveaway(workspace=workspace, giveaway_id=giveaway.pk, draft=form.draft())
                if giveaway
                else services.create_giveaway(workspace=workspace, draft=form.draft(), author=user_of(request))
            )
        except DomainError as problem:
            form.refuse(problem)
        else:
            messages.success(request, _("Saved."))
            return redirect("optin:giveaway", saved.pk)
    context = {
        "form": form,
        "giveaway": giveaway,
        "gifts": gifts_of_journeys(workspace, giveaway.point if giveaway else None),
        **_preview(workspace, form, giveaway),
    }
    return render_page(request, "optin/giveaways/edit.html", context, status=422 if form.errors else 200)


@requires("manager")
@require_POST
def bubble(request: HttpRequest) -> HttpResponse:
    """The conversation of the form, drawn again while it is filled in."""
    workspace = workspace_of(request)
    form = GiveawayForm(request.POST, workspace=workspace)
    form.is_valid()
    return render_page(request, "optin/giveaways/parts/preview.html", _preview(workspace, form, None))


def _preview(workspace: Workspace, form: GiveawayForm, giveaway: Giveaway | None) -> dict[str, object]:
    """The messages of a customer and of the shop: [(direction, text, file)]."""
    if not form.is_bound:
        form = GiveawayForm(_shown(form), workspace=workspace)
        form.is_valid()
        form.attached = giveaway.reward_media if giveaway else None
    draft = form.draft()
    point = EntryPoint(workspace=workspace, incentive=clean(storable(draft.prize)) or "…", language=draft.language)
    sample = Giveaway(
        point=point, kind=draft.kind, reward_text=storable(draft.reward_text).strip(),
        reward_percent=min(draft.reward_percent, 100), reward_days=min(draft.reward_days, 365),
    )  # fmt: skip
    with override(draft.language):
        lines = _lines(sample, draft.asks_permission, form)
    word = clean(storable(draft.word)).upper() or "BATIK"
    return {"lines": [("in", word, None), *lines]}


def _shown(form: GiveawayForm) -> dict[str, object]:
    """The values that an unbound form shows, as a browser would send them."""
    return {name: form[name].value() or "" for name in form.fields if name not in {"file", "version", "overwrite"}}


def _lines(sample: Giveaway, asks: bool, form: GiveawayForm) -> list[tuple[str, str, Attachment | None]]:
    shop = sample.point.workspace.name
    reward = sample.reward_text or default_reward_text(sample, 1)
    voucher = voucher_words(sample, SAMPLE_CODE, sample.reward_percent) if sample.reward_percent else ""
    text = "\n\n".join(part for part in (reward, voucher) if part)
    prize = [("out", text, shown_media(form.attached))]
    asked = [("out", offer_text(shop, default_wording("marketing", shop)), None)] if asks else []
    if sample.kind == Giveaway.Kind.REWARD:
        return prize + asked
    if sample.kind == Giveaway.Kind.CONTEST:
        number = {"number": 12}
        welcome = _("You are entrant number %(number)s! Now send us your photo, with a few words to it.") % number
        thanks = _("Your entry is in! You are number %(number)s. We will tell you here who wins.") % number
        photo = _("📷 The blouse my grandmother made")
        return [("out", welcome, None), ("in", photo, None), ("out", thanks, None), *asked, *prize]
    ticket = _("You take part in the draw! Your ticket: *%(ticket)s*.") % {"ticket": "K7QMP4XTBD"}
    return [("out", ticket, None), *asked, *prize]
