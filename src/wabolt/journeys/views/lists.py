"""The list of journeys, and new journeys from recipes."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from wabolt.accounts.queries import user_of, workspace_of
from wabolt.journeys import services
from wabolt.journeys.queries.counts import counts_of
from wabolt.journeys.queries.pages import list_journeys
from wabolt.journeys.recipes import RECIPES
from wabolt.journeys.views.common import may_edit, published_of
from wabolt.journeys.wording import trigger_sentence
from wabolt.lib.errors import DomainError
from wabolt.lib.web import render_page, requires
from wabolt.ui.navigation import tabs_of


@requires("viewer")
@require_GET
def journey_list(request: HttpRequest) -> HttpResponse:
    """All journeys with their numbers, and the recipes."""
    workspace = workspace_of(request)
    journeys = list(list_journeys(workspace))
    counts = counts_of(workspace.pk, [journey.pk for journey in journeys])
    rows = []
    for journey in journeys:
        definition = published_of(journey)
        begins = trigger_sentence(workspace, definition.trigger).words if definition else ""
        rows.append((journey, counts[journey.pk], begins))
    used = {journey.recipe for journey in journeys if journey.recipe and journey.state != "archived"}
    context = {
        "rows": rows,
        "recipes": [recipe for recipe in RECIPES if recipe.key not in used],
        "tabs": tabs_of("automation"),
        "may_edit": may_edit(request),
    }
    return render_page(request, "journeys/list.html", context)


@requires("manager")
@require_POST
def journey_new(request: HttpRequest) -> HttpResponse:
    """Makes a draft from a recipe, or an empty one, and opens it."""
    key = request.POST.get("recipe", "")
    try:
        journey = services.create_from_recipe(workspace=workspace_of(request), key=key, by=user_of(request))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("journeys:list")
    return redirect("journeys:edit", journey.pk)
