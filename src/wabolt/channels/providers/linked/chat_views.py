"""The page on which an owner chooses chats that existed before the link."""

from functools import partial

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wabolt.accounts.queries import user_of
from wabolt.channels.models import Channel
from wabolt.channels.providers.linked import linking, old_chats
from wabolt.channels.registry.ports import ImportedPeople
from wabolt.channels.views import channel_or_404
from wabolt.lib.formats import number
from wabolt.lib.web import answer_poll, render_page, requires

PAGE = 50


class PickForm(forms.Form):
    """The ticked chats."""

    ids = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, picked: list[str]) -> None:
        super().__init__({"ids": picked})
        field = self.fields["ids"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(value, value) for value in picked if value.isdecimal() and len(value) < 19]


@requires("owner")
@require_http_methods(["GET", "HEAD", "POST"])
def chats(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Shows the waiting chats and handles the choice. The search box loads the fragment `table`. While no chat has come
    yet, the page polls the fragment `waiting`."""
    channel = channel_or_404(request, channel_id)
    if channel.provider != "linked":
        return redirect("channels:settings", channel.pk)
    if request.method == "POST":
        _act(request, channel)
        return redirect(request.get_full_path())
    linked = linking.linked_number(channel)
    text = request.GET.get("q", "")[:100]
    shown = request.GET.get("show", "new")
    shown = shown if shown in old_chats.STATES else "new"
    counts = old_chats.counts(channel, text)
    if request.headers.get("HX-Target") == "waiting":
        if linked.history_until is None or any(counts.values()):
            return HttpResponse(headers={"HX-Refresh": "true"})  # the page has another content now
        draw = partial(render_page, request, "channels/chats.html", {"channel": channel}, fragments=("waiting",))
        return answer_poll(request, (), draw)
    pages = Paginator(old_chats.waiting(channel, state=shown, text=text), PAGE)
    pages.__dict__["count"] = counts[shown]  # avoids a second count
    context = {
        "channel": channel,
        "number": linked,
        "q": text,
        "shown": shown,
        "counts": counts,
        "total": sum(counts.values()),
        "page": pages.get_page(request.GET.get("page")),
        "days": old_chats.KEPT.days,
    }
    return render_page(request, "channels/chats.html", context, fragments=("table",))


def _act(request: HttpRequest, channel: Channel) -> None:
    actor = user_of(request)
    state = "known" if request.GET.get("show") == "known" else "new"
    match request.POST.get("do"):
        case "drop":
            count = old_chats.drop(channel=channel, actor=actor)
            messages.success(request, _("Deleted: %(count)s chats.") % {"count": _number(count)})
        case "all":
            text = request.GET.get("q", "")[:100]
            _show_result(request, old_chats.choose(channel=channel, actor=actor, state=state, text=text))
        case "choose":
            form = PickForm(request.POST.getlist("ids"))
            picked = form.cleaned_data["ids"] if form.is_valid() else []
            if picked:
                _show_result(request, old_chats.choose(channel=channel, actor=actor, ids=picked))
            else:
                messages.warning(request, _("Tick the chats first."))


def _number(count: int) -> str:
    return number(count, get_language() or "id")


def _show_result(request: HttpRequest, done: ImportedPeople) -> None:
    made = ngettext("%(count)s new contact.", "%(count)s new contacts.", done.created)
    words = [made % {"count": _number(done.created)}]
    if done.known:
        words.append(_("%(count)s were contacts already and were completed.") % {"count": _number(done.known)})
    if done.refused:
        words.append(
            _("%(count)s were left out: they said stop or asked to be erased.") % {"count": _number(done.refused)}
        )
    messages.success(request, " ".join(words))
