"""The page that edits a condition of another room (`registry.ConditionPlace`) with the builder of segments."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wabolt.accounts.queries import workspace_of
from wabolt.lib.errors import DomainError
from wabolt.lib.web import render_page, requires
from wabolt.segments import queries
from wabolt.segments.builder import Editor
from wabolt.segments.forms import ConditionForm
from wabolt.segments.registry import ConditionPlace, HeldCondition, condition_place
from wabolt.segments.rules import EVERYONE, print_tree
from wabolt.segments.views import EDITOR, FRAGMENTS, editor_context
from wabolt.ui.forms import show_refusal


@requires("manager")
@require_http_methods(["GET", "POST"])
def condition(request: HttpRequest, place: str, where: str) -> HttpResponse:
    """The builder for the condition `where` of a registered kind of things."""
    kind = condition_place(place)
    held = kind.load(request, where) if kind is not None else None
    if kind is None or held is None:
        raise Http404
    editor = Editor(queries.catalogue(workspace_of(request)))
    form = ConditionForm(request.POST if request.method == "POST" else None, initial={"condition": held.text})
    if request.method == "GET":
        if held.text:
            editor.show_text(held.text)
        else:
            editor.read()
        return _show(request, held, editor, form)
    editor.load(dict(request.POST.lists()))
    action = request.POST.get("do", "refresh")
    if action != "save":
        editor.apply(action)
        return _show(request, held, editor, ConditionForm(initial=request.POST.dict()))
    if _stored(request, kind, where, editor, form):
        messages.success(request, _("The condition is saved."))
        return redirect(held.back)
    return _show(request, held, editor, form, status=422)


def _stored(request: HttpRequest, kind: ConditionPlace, where: str, editor: Editor, form: ConditionForm) -> bool:
    editor.strict = True
    if not form.is_valid() or not editor.complete:
        return False
    if editor.reading.tree == EVERYONE:
        form.add_error(None, _("Add a condition. Without one, everyone matches."))
        return False
    try:
        kind.store(request, where, print_tree(editor.reading.tree, workspace_of(request).language))
    except DomainError as error:
        show_refusal(form, error)
        return False
    return True


def _show(
    request: HttpRequest, held: HeldCondition, editor: Editor, form: ConditionForm, status: int = 200
) -> HttpResponse:
    context = {"held": held, "form": form, **editor_context(request, editor)}
    return render_page(request, EDITOR, context, fragments=FRAGMENTS, status=status)
