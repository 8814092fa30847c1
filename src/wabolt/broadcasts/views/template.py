"""The variables of an approved template: the page between composing and checking."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from wabolt.broadcasts import queries, services
from wabolt.broadcasts.forms import TemplateForm
from wabolt.broadcasts.models import Broadcast
from wabolt.lib.errors import DomainError
from wabolt.lib.web import edits, requires
from wabolt.media.queries import shown_media
from wabolt.messaging.models import Message
from wabolt.messaging.queries import reads_as
from wabolt.personalization import queries as rendering
from wabolt.ui.forms import show_refusal

from .common import access_broadcast


@requires("manager")
@edits(Broadcast, "broadcast_id")
@require_http_methods(["GET", "POST"])
def template(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Asks for a text for each variable, with a preview. A template without variables leads straight to the check."""
    broadcast = access_broadcast(request, broadcast_id)
    if broadcast.state != Broadcast.State.DRAFT and request.method == "GET":
        return redirect("broadcasts:detail", broadcast.pk)
    if broadcast.template is None:
        return redirect("broadcasts:check", broadcast.pk)
    form = TemplateForm(broadcast.template, request.POST or None, initial=broadcast.parameters)
    if not form.gaps or (form.is_bound and form.is_valid()):
        try:
            services.fill_template(broadcast=broadcast, parameters=form.cleaned_data if form.gaps else {})
        except DomainError as error:
            if error.code == "started":
                form.add_error(None, str(error))
            elif error.field not in form.fields:
                messages.error(request, str(error))
                return redirect("broadcasts:edit", broadcast.pk)
            else:
                show_refusal(form, error)
        else:
            return redirect("broadcasts:check", broadcast.pk)
    filled = {key: str(form[key].value() or "…") for key in form.gaps}
    context = {
        "broadcast": broadcast,
        "form": form,
        "variables": rendering.known_variables(broadcast.workspace),
        "media": shown_media(queries.media_of(broadcast)),
        "reads": _for_a_person(broadcast, reads_as(broadcast.template.components, filled)),
    }
    return render(request, "broadcasts/broadcast_template.html", context, status=422 if form.errors else 200)


def _for_a_person(broadcast: Broadcast, text: str) -> str:
    """Returns the text with the values of a fictional person; unchanged while it cannot be rendered."""
    try:
        given = queries.sample_variables(broadcast)
        return rendering.preview(broadcast.workspace, text, None, purpose=Message.Purpose.SERVICE, variables=given)
    except DomainError:
        return text
