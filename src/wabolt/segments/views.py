"""Pages of segments."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.accounts.services import record_audit
from wabolt.contacts.services import MIME_TYPES, export_contacts
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.roles import at_least
from wabolt.lib.web import (
    MOMENT,
    STOP_POLLING,
    WHOLE,
    answer_poll,
    edits,
    long_response,
    patience_of,
    render_page,
    requires,
    words_of,
)
from wabolt.segments import phrases, queries, services
from wabolt.segments.builder import Editor, draw, hint_lists
from wabolt.segments.forms import SegmentForm
from wabolt.segments.models import Segment
from wabolt.segments.queries import BrokenSegment
from wabolt.segments.registry import actions_for
from wabolt.segments.rules import Catalogue, Node, TreeError, draft_of, print_tree, written
from wabolt.ui.forms import show_refusal

PER_PAGE = 50
EDITOR = "segments/segment_form.html"
FRAGMENTS = ("editor", "preview")


@requires("viewer")
@require_GET
def segment_list(request: HttpRequest) -> HttpResponse:
    """Lists all segments with their sentences. The counts are loaded separately."""
    workspace = workspace_of(request)
    known = queries.catalogue(workspace)
    words = words_of(request)
    page = Paginator(queries.list_segments(workspace_of(request), words), PER_PAGE).get_page(request.GET.get("page"))
    live = queries.live_ids(workspace, page)
    rows = [(segment, _sentence(segment, known, workspace.currency), segment.pk in live) for segment in page]
    context = {"rows": rows, "page": page, "q": words, "may_edit": _may_edit(request)}
    return render_page(request, "segments/segment_list.html", context, fragments=("table",))


@requires("viewer")
@require_GET
def segment_count(request: HttpRequest, pk: int) -> HttpResponse:
    """Returns the number of contacts in a segment as a fragment of the list."""
    segment = queries.access_segment(workspace_of(request), pk)
    context: dict[str, Any] = {}
    try:
        context["count"] = queries.count_contacts(workspace_of(request), queries.segment_tree(segment))
    except (BrokenSegment, TreeError):
        context["broken"] = True
    return render_page(request, "segments/parts/count.html", context)


@requires("viewer")
@require_GET
def segment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows one segment: its conditions in words, its numbers and sample contacts. Slow numbers come later."""
    patience = patience_of(request)
    segment = queries.access_segment(workspace_of(request), pk)
    known = queries.catalogue(workspace_of(request))
    context: dict[str, Any] = {"segment": segment, "may_edit": _may_edit(request)}
    context["live"] = queries.live_state(workspace_of(request), segment)
    try:
        tree = queries.segment_tree(segment)
        context |= {
            "sentence": phrases.describe(tree, known, workspace_of(request).currency),
            "reading": phrases.outline(draft_of(tree), known, workspace_of(request).currency),
            "text": print_tree(tree, get_language() or "id"),
            "preview": queries.preview(workspace_of(request), tree, known, patience=patience),
            "comes_later": patience < WHOLE,
            "actions": [(action, action.url(segment)) for action in actions_for(membership_of(request).role)],
        }
    except (BrokenSegment, TreeError) as error:
        context["broken"] = str(error) if isinstance(error, BrokenSegment) else _("This segment cannot be read.")
    return render_page(request, "segments/segment_detail.html", context, fragments=("numbers",))


@requires("viewer")
@require_GET
def segment_live(request: HttpRequest, pk: int) -> HttpResponse:
    """Returns the state of a live segment as a part of its page, which polls it while a pass is under way."""
    segment = queries.access_segment(workspace_of(request), pk)
    live = queries.live_state(workspace_of(request), segment)
    context = {"segment": segment, "live": live, "may_edit": _may_edit(request)}
    status = STOP_POLLING if live is None or live.percent is None else 200
    return answer_poll(
        request,
        live,
        lambda: render_page(request, "segments/parts/live.html", context, fragments=("live",), status=status),
    )


@requires("manager")
@require_POST
def segment_follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes the segment live if the form says `on`, otherwise ends that."""
    segment = queries.access_segment(workspace_of(request), pk)
    if request.POST.get("on"):
        services.keep_live(segment=segment, by=user_of(request))
    else:
        services.end_live(segment=segment, by=user_of(request))
    return redirect("segments:detail", pk)


@long_response
@requires("manager")
@require_GET
def segment_export(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """Exports the contacts of the segment as CSV or XLSX, with permission, orders and spend."""
    workspace = workspace_of(request)
    segment = queries.access_segment(workspace, pk)
    if kind not in MIME_TYPES:
        raise Http404
    try:
        batches = queries.member_batches(workspace, queries.segment_tree(segment))
    except (BrokenSegment, TreeError):
        messages.error(request, _("This segment needs repair before it can be exported."))
        return redirect("segments:detail", pk=pk)
    record_audit(request=request, action="contact.export", target=("segment", pk), data={"kind": kind})
    response = StreamingHttpResponse(export_contacts(workspace, batches, kind), content_type=MIME_TYPES[kind])
    name = f"{slugify(segment.name) or 'segment'}-{clock.now().astimezone(workspace.tz):%Y-%m-%d}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@requires("manager")
@require_http_methods(["GET", "POST"])
def segment_new(request: HttpRequest) -> HttpResponse:
    """Shows the builder for a new segment. `?text=` starts from a filter of another page."""
    return _edit(request, None)


@requires("manager")
@edits(Segment, "pk")
@require_http_methods(["GET", "POST"])
def segment_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The builder for a stored segment."""
    return _edit(request, queries.access_segment(workspace_of(request), pk))


def _edit(request: HttpRequest, segment: Segment | None) -> HttpResponse:
    known = queries.catalogue(workspace_of(request))
    editor = Editor(known)
    stored = {"name": segment.name, "description": segment.description, "tree": _conditions(segment)} if segment else {}
    if request.method == "GET":
        _start(editor, request, segment)
        form = SegmentForm(initial=stored)
        return _show_editor(request, segment, editor, form)
    editor.load(dict(request.POST.lists()))
    form = SegmentForm(request.POST, initial=stored)
    action = request.POST.get("do", "refresh")
    if action == "save":
        saved = _save(request, segment, editor, form)
        if saved is not None:
            messages.success(request, _("The segment is saved."))
            return redirect("segments:detail", saved.pk)
        return _show_editor(request, segment, editor, form, status=422)
    editor.apply(action)
    # The name is not required while the person is still building.
    form = SegmentForm(initial=request.POST.dict())
    return _show_editor(request, segment, editor, form)


def _conditions(segment: Segment) -> str:
    """Returns the stored conditions as one line of text; for an unreadable segment a text that says so."""
    try:
        return print_tree(queries.segment_tree(segment))
    except TreeError:
        return str(segment.tree)


def _start(editor: Editor, request: HttpRequest, segment: Segment | None) -> None:
    if segment is not None:
        try:
            editor.show_tree(queries.segment_tree(segment))
        except TreeError:
            messages.error(request, _("The stored segment could not be read. Please build it again."))
    elif request.GET.get("text", "").strip():
        editor.show_text(request.GET["text"])
    else:
        editor.read()


def _save(request: HttpRequest, segment: Segment | None, editor: Editor, form: SegmentForm) -> Segment | None:
    editor.strict = True
    if not form.is_valid() or not editor.complete:
        return None
    values = {"tree": editor.reading.tree, "by": user_of(request), **form.cleaned_data}
    try:
        if segment is None:
            return services.create_segment(workspace=workspace_of(request), **values)
        return services.update_segment(segment=segment, **values)
    except DomainError as error:
        show_refusal(form, error)
        return None


def _show_editor(
    request: HttpRequest, segment: Segment | None, editor: Editor, form: SegmentForm, status: int = 200
) -> HttpResponse:
    context = {"segment": segment, "form": form, **editor_context(request, editor)}
    return render_page(request, EDITOR, context, fragments=FRAGMENTS, status=status)


def editor_context(request: HttpRequest, editor: Editor) -> dict[str, Any]:
    """Returns the context of the builder in the template `EDITOR`."""
    workspace = workspace_of(request)
    context: dict[str, Any] = {
        "editor": editor,
        "catalogue": _words(editor.catalogue) if editor.view == "text" else [],
        "examples": phrases.examples(editor.catalogue, workspace.currency) if editor.view == "text" else [],
        "blank": len(editor.reading.blank),
        "wrong": len(editor.reading.faults),
        "fragment": _fragment_of(request),
    }
    if editor.view == "builder":
        context["group"] = draw(editor, workspace.currency)
        context["hint_lists"] = hint_lists(workspace, editor)
    if editor.fault is None:
        context |= _preview(request, editor.reading.tree, editor.catalogue)
    return context


def _fragment_of(request: HttpRequest) -> str:
    return request.headers.get("HX-Target", "") if request.headers.get("HX-Request") else ""


def _patience_of(request: HttpRequest) -> float:
    """Returns the seconds that each statement of the preview may take. The page, and the editor after a change, do not
    wait for a slow count: it is fetched after them."""
    asks = request.method == "POST" and request.POST.get("do", "refresh") == "refresh"
    return WHOLE if asks and _fragment_of(request) != "editor" else MOMENT


def _words(known: Catalogue) -> list[tuple[str, str]]:
    """Returns each field's words in the reader's language, and its label."""
    language = get_language() or "id"
    return [(written(spec, language), phrases.label(spec)) for spec in known]


def _preview(request: HttpRequest, tree: Node, known: Catalogue) -> dict[str, Any]:
    patience = _patience_of(request)
    try:
        preview = queries.preview(workspace_of(request), tree, known, patience=patience)
    except BrokenSegment as error:
        return {"broken": str(error)}
    labels = {spec.key: phrases.label(spec) for spec in known}
    unknown = [(labels[field], word) for field, word in queries.unknown_names(workspace_of(request), tree, known)]
    sentence = phrases.describe(tree, known, workspace_of(request).currency)
    return {"preview": preview, "unknown": unknown, "sentence": sentence, "comes_later": patience < WHOLE}


@requires("manager")
@require_POST
def segment_duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes a copy and opens it for editing."""
    segment = queries.access_segment(workspace_of(request), pk)
    copy = services.duplicate_segment(segment=segment, by=user_of(request))
    messages.success(request, _("This is the copy. Change it as you like."))
    return redirect("segments:edit", copy.pk)


@requires("manager")
@require_http_methods(["GET", "POST"])
def segment_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks, then deletes."""
    segment = queries.access_segment(workspace_of(request), pk)
    if request.method == "POST":
        try:
            services.delete_segment(segment=segment, by=user_of(request))
        except DomainError as error:
            messages.error(request, str(error))
            return redirect("segments:detail", pk)
        messages.success(request, _("The segment “%(name)s” is deleted.") % {"name": segment.name})
        return redirect("segments:list")
    return render_page(request, "segments/segment_confirm_delete.html", {"segment": segment})


def _may_edit(request: HttpRequest) -> bool:
    return at_least(membership_of(request).role, "manager")


def _sentence(segment: Segment, known: Catalogue, currency: str) -> str:
    try:
        return phrases.describe(queries.segment_tree(segment), known, currency)
    except TreeError:
        return ""
