"""Accounts of the Cloud API: storing their secrets and testing the connection."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import time
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.channels import services
from wabolt.channels.models import Channel, CloudAccount
from wabolt.channels.providers.cloud.errors import GraphError
from wabolt.channels.providers.cloud.graph import DoubtError, Graph, NotSentError
from wabolt.channels.providers.cloud.problems import TIERS
from wabolt.channels.providers.cloud.provider import PER_SECOND
from wabolt.lib import clock, vault
from wabolt.lib.errors import DomainError

PROVIDER = "cloud"
_NUMBER_FIELDS = "id,display_phone_number,verified_name,quality_rating,messaging_limit_tier"
START_CAP = 250
TRANSIENT = frozenset({"offline", "unavailable", "rate_limited"})
"""Problems of the connection that do not concern the number itself."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets that an owner copies from Meta's pages. An empty one keeps the stored value."""

    token: str = ""
    app_secret: str = ""
    verify_token: str = ""


def account_of(channel: Channel) -> CloudAccount | None:
    """Returns the account of a channel, or None."""
    return CloudAccount.objects.filter(channel=channel).first()


def connect_number(
    *,
    workspace: Workspace,
    name: str,
    phone_number_id: str,
    waba_id: str,
    secrets_given: Secrets,
    actor: User | None = None,
) -> Channel:
    """Creates a number over the Cloud API without testing its connection.

    Its pace is Meta's default, without a warm-up, because Meta enforces its own limits. Raises DomainError as
    `create_channel`, or `number_taken`, `no_secret`.
    """
    with transaction.atomic():
        channel = services.create_channel(workspace=workspace, provider=PROVIDER, name=name, actor=actor)
        channel.messages_per_minute, channel.jitter_percent = PER_SECOND * 60, 10
        channel.daily_cap, channel.warm_up = START_CAP, False
        channel.quiet_from, channel.quiet_until = time(20), time(8)
        channel.save()
        save_account(
            channel=channel, phone_number_id=phone_number_id, waba_id=waba_id, secrets_given=secrets_given, actor=actor
        )
    return channel


def save_account(
    *,
    channel: Channel,
    phone_number_id: str,
    waba_id: str,
    secrets_given: Secrets,
    actor: User | None = None,
) -> CloudAccount:
    """Stores the ids and the sealed secrets.

    Raises DomainError `number_taken` when the workspace has this number already, or `no_secret`.
    """
    with transaction.atomic():
        Channel.objects.select_for_update().get(pk=channel.pk)
        taken = CloudAccount.objects.filter(
            phone_number_id=phone_number_id, channel__workspace=channel.workspace_id, channel__archived_at=None
        ).exclude(channel=channel)
        if taken.exists():
            raise DomainError(_("This number is already here."), code="number_taken", field="phone_number_id")
        account = account_of(channel) or CloudAccount(channel=channel)
        account.phone_number_id, account.waba_id = phone_number_id, waba_id
        if secrets_given.token:
            account.sealed_token = vault.seal(secrets_given.token)
        if secrets_given.app_secret:
            account.sealed_app_secret = vault.seal(secrets_given.app_secret)
        if secrets_given.verify_token or not account.sealed_verify_token:
            account.sealed_verify_token = vault.seal(secrets_given.verify_token or secrets.token_urlsafe(18))
        for sealed, field in ((account.sealed_token, "token"), (account.sealed_app_secret, "app_secret")):
            if not sealed:
                raise DomainError(_("This value is required."), code="no_secret", field=field)
        account.save()
        record_audit(
            workspace=channel.workspace,
            actor=actor,
            action="channel.cloud_account",
            target=("channel", channel.pk),
            data={"phone_number_id": phone_number_id, "waba_id": waba_id, "new_token": bool(secrets_given.token)},
        )
    return account


def test_connection(*, channel: Channel) -> CloudAccount:
    """Tests the connection: the number, its account and the app secret.

    Stores the result in `CloudAccount.problem` ("" for none) and in the state of the channel. Does not raise for
    problems that an owner can solve.
    """
    account = CloudAccount.objects.get(channel=channel)
    try:
        graph = Graph(vault.unseal(account.sealed_token))
        app_secret = vault.unseal(account.sealed_app_secret)
    except vault.SealBrokenError:
        return _found(channel, account, "seal_broken", "")
    try:
        return _found(channel, account, *_ask(graph, account, app_secret))
    except GraphError as error:
        return _found(channel, account, error.reason, error.detail)
    except (NotSentError, DoubtError) as error:
        return _found(channel, account, "offline", str(error))
    finally:
        graph.close()


def _ask(graph: Graph, account: CloudAccount, app_secret: str) -> tuple[str, str]:
    try:
        number = graph.get(account.phone_number_id, fields=_NUMBER_FIELDS)
    except GraphError as error:
        # "Unsupported get request ... does not exist" usually means that the owner entered the phone number itself.
        if error.code == 100 or error.status == 404:
            return "number_gone", error.detail
        raise
    account.display_name = str(number.get("verified_name", ""))[:200]
    account.quality = str(number.get("quality_rating", "")).lower()[:20]
    account.tier = str(number.get("messaging_limit_tier", ""))[:40]
    digits = "".join(sign for sign in str(number.get("display_phone_number", "")) if sign.isdecimal())
    account.channel.phone = f"+{digits}"[:20] if digits else ""
    try:
        rows = graph.pages(f"{account.waba_id}/phone_numbers", fields="id", limit="100")
    except GraphError as error:
        if error.code == 100 or error.status == 404:
            return "waba", error.detail
        raise
    if account.phone_number_id not in {str(row.get("id")) for row in rows}:
        return "waba", ""
    proof = hmac.new(app_secret.encode(), vault.unseal(account.sealed_token).encode(), sha256).hexdigest()
    try:
        graph.get(account.phone_number_id, fields="id", appsecret_proof=proof)
    except GraphError as error:
        if "proof" in error.message.lower():
            return "app_secret", error.detail
        raise
    graph.post(f"{account.waba_id}/subscribed_apps", {})
    return "", ""


def _found(channel: Channel, account: CloudAccount, problem: str, detail: str) -> CloudAccount:
    account.problem, account.problem_detail, account.checked_at = problem, detail[:500], clock.now()
    phone = account.channel.phone
    with transaction.atomic():
        account.save()
        fields: dict[str, object] = {"phone": phone} if phone else {}
        if account.tier in TIERS and channel.daily_cap == START_CAP:
            fields["daily_cap"] = TIERS[account.tier]
        if fields:
            Channel.objects.filter(pk=channel.pk).update(**fields)
        if not problem:
            services.set_state(channel=channel, state=Channel.State.CONNECTED)
        elif problem not in TRANSIENT:
            state = Channel.State.BANNED if problem == "policy" else Channel.State.LOGGED_OUT
            services.set_state(channel=channel, state=state, detail={"why": problem, "detail": detail})
    channel.refresh_from_db()
    return account
