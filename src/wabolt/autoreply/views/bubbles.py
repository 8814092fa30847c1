"""The phone bubbles next to the form of a rule: its answers, as a customer will read what is typed now."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import workspace_of
from wabolt.autoreply.forms import AnswerForms
from wabolt.channels.registry import as_lines
from wabolt.lib.errors import DomainError
from wabolt.lib.web import render_page, requires
from wabolt.media.queries import shown_media
from wabolt.messaging.models import Message
from wabolt.personalization.queries import preview
from wabolt.ui.bubbles import Attachment


@dataclass(frozen=True, slots=True)
class Bubble:
    """One answer with its menu as lines. `problem`: why its text cannot be sent, in words."""

    text: str
    problem: str = ""
    media: Attachment | None = None


@requires("manager")
@require_POST
def answer_bubbles(request: HttpRequest) -> HttpResponse:
    """The bubbles of the form as it is typed now. Nothing is stored, and no file is sent with this request."""
    workspace = workspace_of(request)
    context = {"bubbles": bubbles_of(workspace, AnswerForms(workspace, request.POST))}
    return render_page(request, "autoreply/parts/bubbles.html", context)


def bubbles_of(workspace: Workspace, answers: AnswerForms) -> list[Bubble]:
    """The bubbles of all answers that have a text, a file or a menu."""
    found = []
    for row in answers.rows:
        text = str(row["answer"].value() or "").strip()
        chosen = row["menu"].value() or () if "menu" in row.fields else ()
        menu = [answers.names[key] for key in chosen if key in answers.names]
        if not (text or menu or row.attached):
            continue
        try:
            shown = preview(workspace, text, None, purpose=Message.Purpose.SERVICE) if text else ""
        except DomainError as error:
            found.append(Bubble("", str(error)))
        else:
            found.append(Bubble(as_lines(shown, menu), media=shown_media(row.attached)))
    return found
