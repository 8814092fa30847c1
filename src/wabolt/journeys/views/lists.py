"""The list of journeys, and new journeys from recipes."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wabolt.accounts.queries import user_of, workspace_of
from wabolt.journeys import services
from wabolt.journeys.forms import RecipeForm
from wabolt.journeys.queries.counts import counts_of
from wabolt.journeys.queries.pages import list_journeys
from wabolt.journeys.registry import recipe_of, recipes
from wabolt.journeys.views.common import may_edit, published_of
from wabolt.journeys.wording import trigger_sentence
from wabolt.lib.errors import DomainError
from wabolt.lib.web import render_page, requires
from wabolt.personalization.queries import known_variables
from wabolt.ui.forms import show_refusal
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
        "recipes": [recipe for recipe in recipes() if recipe.key not in used and recipe.offered(workspace)],
        "tabs": tabs_of("automation"),
        "may_edit": may_edit(request),
    }
    return render_page(request, "journeys/list.html", context)


@requires("manager")
@require_http_methods(["GET", "POST"])
def recipe(request: HttpRequest, key: str) -> HttpResponse:
    """Asks the few questions of a recipe. Then the test run of the new draft is shown."""
    workspace, found = workspace_of(request), recipe_of(key)
    if found is None or not found.offered(workspace):
        raise Http404
    form = RecipeForm(workspace, found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            journey = services.create_from_recipe(
                workspace=workspace, key=key, answers=form.cleaned_data, by=user_of(request)
            )
        except DomainError as error:
            show_refusal(form, error)
        else:
            return redirect("journeys:check", journey.pk)
    context = {"recipe": found, "form": form, "variables": known_variables(workspace)}
    return render_page(request, "journeys/recipe.html", context, status=422 if form.errors else 200)


@requires("manager")
@require_POST
def journey_new(request: HttpRequest) -> HttpResponse:
    """Makes an empty draft and opens it."""
    journey = services.create_from_recipe(workspace=workspace_of(request), key="", by=user_of(request))
    return redirect("journeys:edit", journey.pk)
