"""Pages of the sample room."""

from django.http import HttpRequest, HttpResponse

from wabolt.lib.web import requires


@requires("viewer")
def wish_list(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("wishes")
