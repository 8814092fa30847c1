"""Pages of simulated phones."""

from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from wabolt.accounts.queries import user_of, workspace_of
from wabolt.channels import queries, registry, services
from wabolt.channels.models import Channel, SimulatedFile
from wabolt.channels.pictures import MAX_BYTES, phone_jpeg
from wabolt.channels.providers.simulator import phones
from wabolt.channels.providers.simulator.forms import NewSimulatedForm, PickPhoneForm
from wabolt.channels.providers.simulator.phones import ScreenLine, SentFile
from wabolt.channels.registry import providers
from wabolt.channels.registry.ports import Person
from wabolt.channels.views import channel_or_404
from wabolt.lib.errors import DomainError
from wabolt.lib.file_responses import file_response
from wabolt.lib.text import storable
from wabolt.lib.web import accepts_body, answer_poll, render_page, requires, words_of
from wabolt.ui.bubbles import Attachment
from wabolt.ui.forms import show_refusal

FOUND = 8
"""Limit of contacts in the search result."""


def _simulated(request: HttpRequest) -> list[Channel]:
    channels = queries.channels(workspace_of(request))
    return [channel for channel in channels if providers.capabilities(channel.provider).is_simulation]


def _simulated_or_404(request: HttpRequest, channel_id: int) -> Channel:
    channel = channel_or_404(request, channel_id)
    if not providers.capabilities(channel.provider).is_simulation:
        raise Http404
    return channel


@requires("owner")
@require_http_methods(["GET", "HEAD", "POST"])
def simulated_new(request: HttpRequest) -> HttpResponse:
    """Adds a simulated number."""
    form = NewSimulatedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            services.create_channel(
                workspace=workspace_of(request),
                provider="simulator",
                name=name,
                options=form.options(),
                actor=user_of(request),
            )
        except DomainError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("%(name)s is ready.") % {"name": name})
            return redirect("channels:list")
    return render_page(request, "channels/simulated_new.html", {"form": form}, status=422 if form.errors else 200)


@requires("agent")
@require_http_methods(["GET", "HEAD", "POST"])
def phone_list(request: HttpRequest) -> HttpResponse:
    """Chooses a phone: of a contact, a recent one, a new one, or any number."""
    workspace = workspace_of(request)
    channels = _simulated(request)
    chosen = request.POST.get("channel") or request.GET.get("channel") or ""
    channel = next((c for c in channels if str(c.pk) == chosen), channels[0] if channels else None)
    form, text = PickPhoneForm(workspace), _prepared(request.POST.get("text") or request.GET.get("text"))
    if request.method == "POST":
        if channel is None or (chosen and str(channel.pk) != chosen):
            raise Http404
        if "fresh" in request.POST:
            return _take(channel, phones.fresh_number(channel), text)
        form = PickPhoneForm(workspace, request.POST)
        if form.is_valid():
            return _take(channel, form.cleaned_data["phone"], text)
    q = words_of(request)
    people = registry.people()
    found: list[Person] = people.search(workspace, q, FOUND) if people and channel else []
    recent = phones.recent(channel) if channel else []
    names = people.names(workspace, recent) if people and recent else {}
    context = {
        "channels": channels,
        "text": text,
        "channel": channel,
        "form": form,
        "q": q,
        "found": found,
        "searchable": people is not None,
        "recent": [Person(names.get(phone, ""), phone) for phone in recent],
    }
    status = 422 if form.errors else 200
    return render_page(request, "channels/phones.html", context, fragments=("found",), status=status)


def _take(channel: Channel, phone: str, text: str) -> HttpResponse:
    phones.take(channel=channel, phone=phone)
    url = reverse("channels:phone", args=[channel.pk, phone.removeprefix("+")])
    return redirect(f"{url}?{urlencode({'text': text})}" if text else url)


def _prepared(text: str | None) -> str:
    """Returns the message text that a scanned code or an opened link prefills; a person sends it."""
    return storable(text or "")[: phones.MAX_TEXT]


@accepts_body(settings.MEDIA_MAX_BYTES)
@requires("agent")
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest, channel_id: int, digits: int) -> HttpResponse:
    """Shows one phone. GET opens the chat, which sends read receipts. POST writes, opens a link or buys.

    The page polls the fragment `screen`.
    """
    channel = _simulated_or_404(request, channel_id)
    number = f"+{digits}"
    if not 7 <= len(str(digits)) <= 15:
        raise Http404
    if not phones.is_played(channel, number):
        messages.info(request, _("Choose this phone first."))
        return redirect("channels:phones")
    workspace = workspace_of(request)
    people = registry.people()
    is_htmx, done = bool(request.headers.get("HX-Request")), True
    if request.method == "POST":
        name = (people.names(workspace, [number]) if people else {}).get(number, "")
        done = _act(request, channel, number, name)
        if not is_htmx:
            if not done:
                no_picture = _("This is no picture that a phone could send. Choose a JPG, PNG or WebP.")
                gone = _("That is not in this chat any more.")
                messages.error(request, no_picture if request.FILES else gone)
            return redirect(request.path)
    else:
        phones.open_chat(channel=channel, phone=number)
    lines = phones.screen(channel, number)
    context: dict[str, Any] = {"channel": channel, "phone": number, "digits": digits}
    context["text"] = _prepared(request.GET.get("text"))
    context["no_picture"] = bool(request.FILES) and not done
    context["lines"] = [_shown(channel, digits, line) for line in lines]
    if not is_htmx:
        context["name"] = (people.names(workspace, [number]) if people else {}).get(number, "")
    return answer_poll(
        request, lines, lambda: render_page(request, "channels/phone.html", context, fragments=("screen",))
    )


@requires("agent")
@require_safe
def phone_file(request: HttpRequest, channel_id: int, digits: int, key: str) -> HttpResponseBase:
    """Serves a file of this phone's chat."""
    channel = _simulated_or_404(request, channel_id)
    line = next((one for one in phones.screen(channel, f"+{digits}") if one.file and one.file.key == key), None)
    if line is None or line.file is None:
        raise Http404
    found = SimulatedFile.objects.get(channel=channel, key=key)
    data = bytes(found.data)
    return file_response(
        request,
        mime_type=found.mime_type,
        name=found.name or found.key,
        sha256=sha256(data).hexdigest(),
        size=len(data),
        read=lambda: data,
    )


def _shown(channel: Channel, digits: int, line: ScreenLine) -> tuple[ScreenLine, Attachment | None]:
    if line.file is None:
        return line, None
    url = reverse("channels:phone_file", args=[channel.pk, digits, line.file.key])
    return line, Attachment(line.file.kind, url, line.file.name, line.file.size)


def _act(request: HttpRequest, channel: Channel, number: str, name: str) -> bool:
    """Executes the action of the person. Returns False if it was not possible."""
    if url := request.POST.get("tap"):
        return phones.tap_link(channel=channel, phone=number, url=url)
    if voucher := request.POST.get("buy"):
        return phones.buy(channel=channel, phone=number, voucher=voucher)
    text = request.POST.get("text", "").strip()
    upload = request.FILES.get("file")
    if upload:
        file = _picture(upload)
        if file is None:
            return False
        phones.write(channel=channel, phone=number, text=text, name=name, file=file)
    elif text:
        phones.write(channel=channel, phone=number, text=text, name=name)
    return True


def _picture(upload: "UploadedFile[bytes]") -> SentFile | None:
    """Returns an uploaded picture as a phone sends it; None for an invalid or too large file."""
    if (upload.size or 0) > MAX_BYTES:
        return None
    try:
        return SentFile(phone_jpeg(upload.read()))
    except DomainError:
        return None
