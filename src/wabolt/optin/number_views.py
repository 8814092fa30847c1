"""The number that a visitor types instead of opening WhatsApp (`services.numbers`)."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from wabolt.lib.errors import DomainError
from wabolt.lib.web import client_ip, for_crowds, public
from wabolt.optin import queries
from wabolt.optin.pages import visitor_language
from wabolt.optin.public_views import gone, show_sent
from wabolt.optin.services import ask_number


@for_crowds
@public("the customer who filled in the form; the code in the address cannot be guessed")
@csrf_exempt  # without a session there is no authority that another site could use
@require_POST
def ask(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Asks the owner of a typed number for a YES. The page is the same, whether a message was sent or not."""
    point = queries.shown_point(slug)
    entry = queries.waiting_entry(point, code) if point else None
    if point is None or entry is None:
        return gone(request)
    with override(visitor_language(request, point)):
        try:
            ask_number(entry=entry, typed=request.POST.get("phone", "")[:40], ip=client_ip(request))
        except DomainError as problem:
            context = {"number_problem": str(problem), "typed": request.POST.get("phone", "")[:40]}
            return show_sent(request, point, entry, context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        return show_sent(request, point, entry, {"is_asked": True})
