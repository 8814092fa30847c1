"""The webhook and the owner's pages of numbers over the Cloud API."""

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from wabolt.accounts.queries import user_of, workspace_of
from wabolt.channels.models import Channel, CloudAccount
from wabolt.channels.providers.cloud import accounts, webhook
from wabolt.channels.providers.cloud.envelope import BrokenBodyError
from wabolt.channels.providers.cloud.forms import CloudForm
from wabolt.channels.providers.cloud.problems import problem_text, quality_word, tier_words
from wabolt.channels.queries import strange_kinds
from wabolt.channels.views import channel_or_404
from wabolt.lib.errors import DomainError
from wabolt.lib.public_address import Reach, absolute_url, who_can_open
from wabolt.lib.vault import SealBrokenError, unseal
from wabolt.lib.web import accepts_body, checks_first, public, render_page, requires
from wabolt.ui.forms import show_refusal


def _refusal(request: HttpRequest, channel_id: int) -> HttpResponse | None:
    """Returns the refusal of a call that can be refused without its body."""
    if webhook.account_for(channel_id) is None:
        return _plain("no such number", 404)
    if request.method == "POST" and not request.headers.get(webhook.SIGNATURE):
        return _plain("no signature", 403)
    return None


@csrf_exempt
@accepts_body(webhook.MAX_BODY)
@checks_first(_refusal)
@public("Meta calls it; every call is signed with the app secret")
@require_http_methods(["GET", "POST"])
def cloud_webhook(request: HttpRequest, channel_id: int) -> HttpResponse:
    """GET answers Meta's challenge. POST answers 200 after everything in the body is committed.

    Other answers: 403 for a wrong or missing signature, 413 for a body that is too large, 400 for a body that is not
    JSON, 503 when the database is away (Meta retries).
    """
    account = webhook.account_for(channel_id)
    if account is None:  # archived since the check
        return _plain("no such number", 404)
    if request.method == "GET":
        return _challenge(request, account)
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > webhook.MAX_BODY:
            return _plain("too large", 413)
        body = request.body
    except RequestDataTooBig:
        return _plain("too large", 413)
    except (UnreadablePostError, ValueError):
        return _plain("broken off", 400)
    if not webhook.is_signed(account, body, request.headers.get(webhook.SIGNATURE, "")):
        return _plain("wrong signature", 403)
    try:
        webhook.take(account, body)
    except BrokenBodyError:
        return _plain("no JSON", 400)
    except OperationalError:
        return _plain("try again", 503)
    return _plain("ok")


def _challenge(request: HttpRequest, account: CloudAccount) -> HttpResponse:
    params = request.GET
    if params.get("hub.mode") == "subscribe" and webhook.is_verified(account, params.get("hub.verify_token", "")):
        return _plain(params.get("hub.challenge", "")[:200])
    return _plain("wrong verify token", 403)


def _plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


@requires("owner")
@require_http_methods(["GET", "HEAD", "POST"])
def cloud_new(request: HttpRequest) -> HttpResponse:
    """Adds a number of the Cloud API and tests its connection."""
    form = CloudForm(None, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            channel = accounts.connect_number(
                workspace=workspace_of(request),
                name=data["name"],
                phone_number_id=data["phone_number_id"],
                waba_id=data["waba_id"],
                secrets_given=form.secrets(),
                actor=user_of(request),
            )
        except DomainError as error:
            show_refusal(form, error)
        else:
            _test(request, channel)
            return redirect("channels:cloud", channel.pk)
    return render_page(request, "channels/cloud_new.html", {"form": form}, status=422 if form.errors else 200)


@requires("owner")
@require_http_methods(["GET", "HEAD", "POST"])
def cloud_number(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Shows the connection, the data for Meta's webhook settings, and the form to renew the secrets."""
    channel = channel_or_404(request, channel_id)
    account = accounts.account_of(channel)
    if account is None:  # a number of another provider
        return redirect("channels:settings", channel.pk)
    form = CloudForm(account, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            accounts.save_account(
                channel=channel,
                phone_number_id=data["phone_number_id"],
                waba_id=data["waba_id"],
                secrets_given=form.secrets(),
                actor=user_of(request),
            )
        except DomainError as error:
            show_refusal(form, error)
        else:
            _test(request, channel)
            return redirect("channels:cloud", channel.pk)
    try:
        verify_token = unseal(account.sealed_verify_token)
    except SealBrokenError:
        verify_token = ""
    is_standing = channel.state in {Channel.State.LOGGED_OUT, Channel.State.BANNED}
    wrong = account.problem or (str(channel.state_detail.get("why", "")) if is_standing else "")
    webhook_url = absolute_url(reverse("channels:cloud_webhook", args=[channel.pk]))
    context = {
        "form": form,
        "channel": channel,
        "account": account,
        "problem": problem_text(wrong) if wrong else "",
        "is_transient": wrong in accounts.TRANSIENT,
        "quality": quality_word(account.quality),
        "tier": tier_words(account.tier),
        "webhook_url": webhook_url,
        "callable": webhook_url.startswith("https://") and who_can_open() is Reach.EVERYONE,
        "strange": strange_kinds(channel),
        "verify_token": verify_token,
    }
    return render_page(request, "channels/cloud_number.html", context, status=422 if form.errors else 200)


@requires("owner")
@require_POST
def cloud_test(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Tests the connection again."""
    channel = channel_or_404(request, channel_id)
    if accounts.account_of(channel) is not None:
        _test(request, channel)
    return redirect("channels:cloud", channel.pk)


def _test(request: HttpRequest, channel: Channel) -> None:
    account = accounts.test_connection(channel=channel)
    if account.problem in accounts.TRANSIENT:
        messages.warning(request, _("Meta could not be asked just now. Nothing was changed."))
    elif account.problem:
        messages.error(request, _("Not connected yet. See what is wrong below."))
    else:
        messages.success(request, _("Connected. Meta knows this number."))
