"""The page on which an owner decides about messages that a restore holds."""

from django.contrib import messages as notices
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from wabolt.accounts.queries import user_of, workspace_of
from wabolt.lib.web import render_page, requires
from wabolt.messaging.restored import services
from wabolt.messaging.restored.queries import HeldGroup, held_groups


@requires("owner")
@require_safe
def held(request: HttpRequest) -> HttpResponse:
    """Shows each group of held messages with the number of people, the risk and the two decisions."""
    groups = held_groups(workspace_of(request))
    return render_page(request, "messaging/held.html", {"groups": [(_key(group), group) for group in groups]})


@requires("owner")
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Sends or cancels one group. Sending requires the ticked box."""
    workspace, given = workspace_of(request), request.POST.get("group", "")
    group = next((group for group in held_groups(workspace) if _key(group) == given), None)
    if group is None:
        raise Http404
    if request.POST.get("decision") == "drop":
        count = services.drop_held(workspace=workspace, group=group, actor=user_of(request))
        text = ngettext("%(count)s message will not be sent.", "%(count)s messages will not be sent.", count)
        notices.success(request, text % {"count": count})
    elif request.POST.get("decision") == "send" and request.POST.get("understood"):
        count = services.send_held(workspace=workspace, group=group, actor=user_of(request))
        text = ngettext(
            "%(count)s message waits again. It goes out once its number and its broadcast continue.",
            "%(count)s messages wait again. They go out once their number and their broadcast continue.",
            count,
        )
        notices.success(request, text % {"count": count})
    else:
        groups = [(_key(other), other) for other in held_groups(workspace)]
        return render_page(request, "messaging/held.html", {"groups": groups, "not_understood": given}, status=422)
    return redirect("messaging:held")


def _key(group: HeldGroup) -> str:
    """The name of a group in a form."""
    return f"{group.origin_kind}:{group.origin_id or ''}"
