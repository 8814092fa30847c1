"""Pages of the ways in, for members."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.channels.queries import channels
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import get_contact
from wabolt.contacts.registry import ActionForms, read_calls
from wabolt.lib.errors import DomainError
from wabolt.lib.public_address import absolute_url
from wabolt.lib.roles import at_least
from wabolt.lib.web import accepts_body, back_to, edits, render_page, requires
from wabolt.messaging.queries import shown_channel
from wabolt.optin import framing, pictures, queries, registry, reports, services
from wabolt.optin.builder import PointForm
from wabolt.optin.forms import AfterwardsForm, EmbeddingForm, JoinForm, PlacementForm
from wabolt.optin.gifts import gifts_of, gifts_of_journeys, several_gifts
from wabolt.optin.models import EntryPoint
from wabolt.optin.pages import page_context
from wabolt.optin.rules.promises import broken_promise
from wabolt.ui.forms import show_refusal

PER_PAGE = 50
SIMULATED = 10
"""Simulated customers who come with one tap."""


@requires("viewer")
@require_GET
def point_list(request: HttpRequest) -> HttpResponse:
    """All ways in with the people who joined through them, and the revenue of this month."""
    archived = request.GET.get("archived") == "1"
    page = Paginator(queries.entry_points(workspace_of(request), archived=archived), PER_PAGE).get_page(
        request.GET.get("page")
    )
    month = reports.month_results(workspace_of(request))
    rows = [
        (point, kind, kind.page_url(point.pk), month.get(point.pk, reports.Result()))
        for point in page
        for kind in [registry.kind_of(point.kind)]
    ]
    context = {"page": page, "rows": rows, "archived": archived, "may_edit": _may_edit(request)}
    return render_page(request, "optin/list.html", context)


@requires("manager")
@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """The choice of a kind."""
    context = {"kinds": registry.kinds(), "has_number": channels(workspace_of(request)).exists()}
    return render_page(request, "optin/choose.html", context)


@requires("manager")
@accepts_body(2 * settings.MEDIA_MAX_BYTES)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """The form for a new way in."""
    if kind not in {known.key for known in registry.kinds() if known.create == "optin:new"}:
        raise Http404
    if not channels(workspace_of(request)).exists():
        return redirect("optin:choose")
    return _edit(request, kind, None)


@requires("manager")
@accepts_body(2 * settings.MEDIA_MAX_BYTES)
@edits(EntryPoint, "point_id")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, point_id: int) -> HttpResponse:
    """The form for the settings of a way in."""
    point = _point(request, point_id)
    kind = registry.kind_of(point.kind)
    if kind.edit != "optin:edit":
        return redirect(kind.edit_url(point.pk))
    return _edit(request, point.kind, point)


def _edit(request: HttpRequest, kind: str, point: EntryPoint | None) -> HttpResponse:
    workspace = workspace_of(request)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = PointForm(*sent, workspace=workspace, kind=kind, point=point)
    if request.method == "POST" and form.is_valid():
        try:
            saved = (
                services.update_point(workspace=workspace, point_id=point.pk, draft=form.draft())
                if point
                else services.create_point(workspace=workspace, draft=form.draft(), author=user_of(request))
            )
        except DomainError as problem:
            form.refuse(problem)
        else:
            messages.success(request, _("Saved."))
            _warn_of_promise(request, saved)
            if queries.outdated_prints(saved).exists():
                messages.warning(request, _("Your prints show the former text. Print them again in the QR kit."))
            return redirect("optin:detail", saved.pk)
    preview_url = reverse("optin:preview", args=[kind])
    context = {
        "form": form,
        "point": point,
        "kind": registry.kind_of(kind),
        "preview": _preview(form) if "headline" in form.fields else "",
        "preview_url": preview_url,
        "gifts": gifts_of_journeys(workspace, point),
    }
    return render_page(request, "optin/edit.html", context, status=422 if form.errors else 200)


def _warn_of_promise(request: HttpRequest, point: EntryPoint) -> None:
    """Warns if the sentence promises another discount than the vouchers. The till may give the difference."""
    given = [gift.percent for gift in gifts_of(point.workspace, [point])[point.pk]]
    promised = broken_promise(point.incentive, given)
    if promised is None:
        return
    words = {"promised": promised, "given": given[0] if given else 0}
    if given:
        messages.warning(request, _("You promise %(promised)s%%, but the voucher gives %(given)s%%.") % words)
    else:
        told = _("You promise %(promised)s%%, but the voucher is 0, so people get no code. Set it to %(promised)s.")
        messages.warning(request, told % words)


@requires("manager")
@edits(EntryPoint, "point_id")
@require_http_methods(["GET", "POST"])
def afterwards(request: HttpRequest, point_id: int) -> HttpResponse:
    """The actions that run after a person has joined: ask a chat form, give a label, tell the team."""
    workspace, point = workspace_of(request), _point(request, point_id)
    back_url = registry.kind_of(point.kind).page_url(point.pk)
    data = request.POST if request.method == "POST" else None
    actions = ActionForms(workspace, data, stored=read_calls(point.then))
    is_sent = data is not None and not actions.is_edited
    initial = {"then": point.then, **({"version": data.get("version", "")} if data is not None and not is_sent else {})}
    form = AfterwardsForm(data if is_sent else None, initial=initial)
    if is_sent and form.is_valid() and actions.is_valid():
        services.save_actions(workspace=workspace, point_id=point.pk, calls=actions.calls())
        messages.success(request, _("Saved."))
        return redirect(back_url)
    context = {"point": point, "actions": actions, "form": form, "back_url": back_url}
    return render_page(request, "optin/afterwards.html", context, status=422 if is_sent else 200)


@requires("manager")
@require_POST
def preview(request: HttpRequest, kind: str) -> HttpResponse:
    """The page as customers will see it, with the settings that the form has now. Nothing is stored."""
    if kind not in EntryPoint.Kind.values:
        raise Http404
    given = request.POST.copy()
    given["wording_anyway"] = "1"  # the preview also shows a text with missing parts
    form = PointForm(given, workspace=workspace_of(request), kind=kind)
    form.is_valid()
    return HttpResponse(_preview(form))


def _preview(form: PointForm) -> str:
    point = form.preview()
    context = page_context(point, is_preview=True)
    with override(point.language):
        if point.kind == EntryPoint.Kind.FORM:
            context["form"] = JoinForm(point=point)
        else:
            context["message"] = queries.first_message(point, "KODE")
            context["links"] = [(link, "#") for link in form.preview_links()]
        page = render_to_string("optin/public/parts/card.html", context)
    return render_to_string("optin/parts/preview.html", {"page": page, "style_url": context["style_url"]})


@requires("viewer")
@require_GET
def detail(request: HttpRequest, point_id: int) -> HttpResponse:
    """One way in: its code and page, who joined, and from which placement."""
    return _show(request, _point(request, point_id), PlacementForm())


def _show(request: HttpRequest, point: EntryPoint, form: PlacementForm) -> HttpResponse:
    report = reports.point_report(point)
    first = min((placement for placement, _result in report.placements), key=lambda placement: placement.pk)
    context = {
        "point": point,
        "report": report,
        "best": max(report.days, key=lambda day: day[1]),
        "chart": {
            "x": [date_format(day, "j M") for day, _joined in report.days],
            "series": [{"name": _("Joined"), "values": [joined for _day, joined in report.days]}],
        },
        "first": first,
        "message": queries.first_message(point, first.code),
        "opens_page": registry.kind_of(point.kind).opens_page,
        "simulated_url": queries.simulated_phone_url(point, queries.first_message(point, first.code).text),
        "qr": pictures.qr_svg(queries.scan_url(point, first)),
        "page_url": queries.page_url(point),
        "figures": queries.figures(point),
        "links": point.links.order_by("position"),
        "outdated": queries.outdated_prints(point),
        "form": form,
        "then": services.action_sentences(point),
        "gifts": several_gifts(point),
        "may_edit": _may_edit(request),
    }
    return render_page(request, "optin/detail.html", context, status=422 if form.errors else 200)


@requires("manager")
@require_POST
def add_placement(request: HttpRequest, point_id: int) -> HttpResponse:
    """Makes the code of a placement."""
    point, form = _point(request, point_id), PlacementForm(request.POST)
    if form.is_valid():
        try:
            placement = services.add_placement(
                workspace=workspace_of(request), point=point, by=user_of(request), **form.cleaned_data
            )
        except DomainError as problem:
            show_refusal(form, problem)
        else:
            messages.success(request, _("The code is #%(code)s.") % {"code": placement.code})
            return redirect("optin:detail", point.pk)
    return _show(request, point, form)


@requires("manager")
@edits(EntryPoint, "point_id")
@require_http_methods(["GET", "POST"])
def embed(request: HttpRequest, point_id: int) -> HttpResponse:
    """The websites that may show the page, and the line that they copy."""
    point = _point(request, point_id)
    form = EmbeddingForm(request.POST if request.method == "POST" else None, point=point)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.set_embedding(
                workspace=workspace_of(request),
                point_id=point.pk,
                embedding=data["embedding"],
                sites=data["sites"].splitlines(),
            )
        except DomainError as problem:
            show_refusal(form, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect("optin:embed", point.pk)
    titles = {
        "inline": (_("Inside a page"), _("The form is a part of the page.")),
        "button": (_("As a button"), _("A tap opens the form above the page.")),
        "popup": (_("As a pop-up"), _("It opens by itself after five seconds. Change data-delay for another time.")),
    }
    context = {
        "point": point,
        "form": form,
        "snippets": [(way, *titles[way], framing.snippet(point, way)) for way in framing.WAYS],
        "page_url": queries.page_url(point),
        "origin": absolute_url(""),
    }
    return render_page(request, "optin/embed.html", context, status=422 if form.errors else 200)


@requires("manager")
@require_POST
def close(request: HttpRequest, point_id: int) -> HttpResponse:
    """Closes a way in, or opens it again."""
    point = _point(request, point_id)
    closing = point.closed_at is None
    services.close_point(workspace=workspace_of(request), point_id=point.pk, closed=closing)
    messages.success(request, _("Closed. Nobody can join here now.") if closing else _("Open again."))
    return redirect(registry.kind_of(point.kind).page_url(point.pk))


@requires("manager")
@require_POST
def archive(request: HttpRequest, point_id: int) -> HttpResponse:
    """Moves a way in to the archive, or back."""
    point = _point(request, point_id)
    archiving = point.archived_at is None
    services.archive_point(workspace=workspace_of(request), point_id=point.pk, archived=archiving)
    messages.success(request, _("Archived.") if archiving else _("It is back in the list."))
    return redirect("optin:list") if archiving else redirect(registry.kind_of(point.kind).page_url(point.pk))


@requires("manager")
@require_POST
def simulate(request: HttpRequest, point_id: int) -> HttpResponse:
    """Lets simulated customers come to a way in of a simulated number."""
    point = _point(request, point_id)
    try:
        services.send_simulated_customers(point=point, count=SIMULATED)
    except DomainError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Simulated customers come in during the next ten minutes."))
    return redirect("optin:detail", point.pk)


@requires("viewer")
@require_GET
def qr(request: HttpRequest, point_id: int, code: str) -> HttpResponse:
    """The QR code of a placement as a drawing, to save. It is noted as printed."""
    point = _point(request, point_id)
    placement = queries.placements_of(point).filter(code=code).first()
    if placement is None:
        raise Http404
    services.note_print(workspace=point.workspace, placement_id=placement.pk)
    drawing = pictures.qr_file(queries.scan_url(point, placement))
    headers = {"Content-Disposition": f'attachment; filename="qr-{placement.code}.svg"'}
    return HttpResponse(drawing, content_type="image/svg+xml", headers=headers)


@requires("agent")
@require_POST
def offer(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Offers the list in the conversation with a contact."""
    try:
        contact = get_contact(workspace_of(request), contact_id)
        channel = shown_channel(request, contact)
        services.offer_list(
            workspace=contact.workspace, contact_id=contact.pk, author=user_of(request), channel=channel
        )
    except Contact.DoesNotExist:
        raise Http404 from None
    except DomainError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Offered. A YES adds this customer to the list."))
    return HttpResponseRedirect(back_to(request, resolve_url("contacts:detail", contact_id)))


def _point(request: HttpRequest, point_id: int) -> EntryPoint:
    point = queries.entry_point(workspace_of(request), point_id)
    if point is None:
        raise Http404
    return point


def _may_edit(request: HttpRequest) -> bool:
    return at_least(membership_of(request).role, "manager")
