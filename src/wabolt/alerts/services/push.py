"""Web push: the key pair of the installation, the browsers of members, and sending (RFC 8030, 8291 and 8292).

pywebpush encrypts the notification and py_vapid signs the request. Our own HTTP request connects to the address that
`lib.outgoing` approved: the endpoint comes from a browser.
"""

import base64
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wabolt.accounts.models import Membership, User
from wabolt.accounts.services import record_audit_of_person
from wabolt.alerts.models import PushDevice, PushKey
from wabolt.alerts.registry import Letter, Result
from wabolt.lib import clock, vault
from wabolt.lib.errors import DomainError
from wabolt.lib.outgoing import Deadline, PrivateAddressError, resolve_public, trusted_authorities
from wabolt.lib.public_address import Reach, absolute_url, who_can_open

SECONDS = 10.0
"""Time-out of each step of a request."""
MOST_DEVICES = 10
"""Devices of one person; a further one replaces the oldest."""
KEPT_BY_SERVICE = timedelta(days=1)
"""Time for which a push service keeps a notification for a phone that is off."""
GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
"""The subscription has ended (RFC 8030, section 7.3)."""

TEMPORARY = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}
"""Refusals that are worth a retry: with a wrong clock of this machine a signature is invalid (401 or 403)."""

_LONGEST_ENDPOINT = 1000
_PUBLIC_KEY = re.compile(r"[A-Za-z0-9_-]{87}=?")
"""An uncompressed point of P-256 (65 bytes) in base64url."""
_SECRET = re.compile(r"[A-Za-z0-9_-]{22}(==)?")
"""16 bytes in base64url."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser's subscription (`PushSubscription.toJSON()`). `name`: the browser's name in the list of devices."""

    endpoint: str
    p256dh: str
    auth: str
    name: str


@transaction.atomic
def push_key() -> PushKey:
    """The key pair of the installation, created at its first use.

    A pair whose private key cannot be opened, because a restore brought another `secrets-key`, is replaced. Browsers
    accept notifications of the old pair only, so their subscriptions are deleted; members turn push on again.
    """
    key = PushKey.objects.select_for_update().first()
    if key is not None:
        try:
            vault.unseal(key.sealed_private_key)
        except vault.SealBrokenError:
            PushDevice.objects.all().delete()
            key.delete()
        else:
            return key
    pair = ec.generate_private_key(ec.SECP256R1())
    public = pair.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    private = pair.private_numbers().private_value.to_bytes(32, "big")
    new = PushKey(public_key=_base64url(public), sealed_private_key=vault.seal(_base64url(private)))
    PushKey.objects.bulk_create([new], ignore_conflicts=True)
    return PushKey.objects.get()


@transaction.atomic
def add_device(*, user: User, subscription: Subscription) -> PushDevice:
    """Stores a browser of `user`. A browser that another person used before belongs to `user` from now on.

    Raises DomainError for an address or keys that no browser produces, and for an address inside our own network.
    """
    if not _is_usable(subscription) or not (settings.PRIVATE_PEERS or _is_on_the_internet(subscription.endpoint)):
        raise DomainError(_("This browser did not give a usable address. Try again."), code="bad_subscription")
    is_new = not PushDevice.objects.filter(user=user, endpoint=subscription.endpoint).exists()
    device, _created = PushDevice.objects.update_or_create(
        endpoint=subscription.endpoint,
        defaults={
            "user": user, "p256dh": subscription.p256dh, "auth": subscription.auth,
            "name": subscription.name[:60], "sessions_version": user.sessions_version,
        },
    )  # fmt: skip
    kept = PushDevice.objects.filter(user=user).order_by("-pk")[:MOST_DEVICES]
    PushDevice.objects.filter(user=user).exclude(pk__in=[one.pk for one in kept]).delete()
    if is_new:
        record_audit_of_person(person=user, action="user.add_device")
    return device


@transaction.atomic
def remove_device(*, user: User, device_id: int) -> bool:
    """Removes a device of `user`. Returns whether it was theirs."""
    count, _rows = PushDevice.objects.filter(user=user, pk=device_id).delete()
    if count:
        record_audit_of_person(person=user, action="user.remove_device")
    return bool(count)


def targets(memberships: Sequence[Membership]) -> Mapping[int, Sequence[str]]:
    """The ids of the devices of these members. Devices from before "sign out everywhere" are left
    out."""
    devices = PushDevice.objects.filter(
        user__in={membership.user_id for membership in memberships}, sessions_version=F("user__sessions_version")
    )
    by_user: dict[int, list[str]] = defaultdict(list)
    for device in devices.order_by("pk"):
        by_user[device.user_id].append(str(device.pk))
    return {membership.pk: by_user[membership.user_id] for membership in memberships if membership.user_id in by_user}


def send(letter: Letter) -> Result:
    """Sends a notification to the device `letter.target`."""
    device = PushDevice.objects.filter(pk=letter.target, user=letter.membership.user).first()
    if device is None:
        return Result("failed", "gone")
    if not _is_usable(Subscription(device.endpoint, device.p256dh, device.auth, device.name)):
        device.delete()
        return Result("failed", "gone")
    body, headers = _encrypted(device, letter)
    try:
        status, wait = _post(device.endpoint, body, headers)
    except PrivateAddressError:
        return Result("failed", "private")
    except (httpx.HTTPError, OSError) as error:
        return Result("later", f"unreachable: {type(error).__name__}")
    if status in GONE:
        device.delete()
        return Result("failed", "gone")
    if status // 100 == 2:
        PushDevice.objects.filter(pk=device.pk).update(reached_at=clock.now())
        return Result("sent")
    is_temporary = status >= 500 or status in TEMPORARY
    return Result("later" if is_temporary else "failed", f"refused: {status}", wait)


def words(reason: str) -> str:
    """The sentence for the reason of a failure."""
    if reason == "gone":
        return _("This device no longer accepts notifications. Turn them on again on it.")
    if reason.startswith("unreachable"):
        return _("The notification service of this browser does not answer. Check the internet connection.")
    return _("The notification service of this browser refused the notification.")


def notification(letter: Letter) -> dict[str, str]:
    """The notification that the service worker shows. It names no customer: lock screens show it to bystanders."""
    title = letter.membership.workspace.name
    if not letter.items:
        return {"title": title, "body": _("The test arrived. Notifications work."), "url": "/", "tag": "test"}
    if len(letter.items) == 1:
        [item] = letter.items
        page = reverse("alerts:open", args=[item.alert_id])
        return {"title": title, "body": item.outline, "url": page, "tag": f"alert-{item.alert_id}"}
    count = len(letter.items)
    body = ngettext("%(count)s thing waits for you.", "%(count)s things wait for you.", count) % {"count": count}
    return {"title": title, "body": body, "url": reverse("alerts:list"), "tag": "digest"}


def _encrypted(device: PushDevice, letter: Letter) -> tuple[bytes, dict[str, str]]:
    # Imported here: pywebpush brings two HTTP clients that only this process needs.
    from py_vapid import Vapid02
    from pywebpush import WebPusher

    message = notification(letter)
    keys = {"p256dh": device.p256dh, "auth": device.auth}
    encoded = WebPusher({"endpoint": device.endpoint, "keys": keys}).encode(json.dumps(message).encode())
    url = httpx.URL(device.endpoint)
    private = vault.unseal(push_key().sealed_private_key)
    claims: dict[str, str | int] = {
        "aud": f"{url.scheme}://{url.netloc.decode()}",
        "exp": int((clock.now() + timedelta(hours=12)).timestamp()),
        "sub": _contact_address(),
    }
    is_urgent = any(item.severity == "critical" for item in letter.items) or not letter.items
    headers = {
        **Vapid02.from_raw(private.encode()).sign(claims),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(int(KEPT_BY_SERVICE.total_seconds())),
        "Topic": message["tag"],  # replaces an undelivered notification about the same thing
        "Urgency": "high" if is_urgent else "normal",
    }
    return encoded["body"], headers


def _contact_address() -> str:
    """The address of the sender for the operator of the push service (RFC 8292). py_vapid refuses ports and IP
    addresses of version 6."""
    home = urlsplit(absolute_url(""))
    is_named = home.scheme == "https" and who_can_open() is Reach.EVERYONE and ":" not in (home.hostname or "")
    return f"https://{home.hostname}" if is_named else "mailto:wabolt@localhost"


def _post(endpoint: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, timedelta | None]:
    """Returns the status and the time that the service asks us to wait. Redirects are not followed."""
    url = httpx.URL(endpoint)
    address = resolve_public(url.host, url.port or (443 if url.scheme == "https" else 80))
    with (
        Deadline() as deadline,
        httpx.Client(verify=trusted_authorities(), timeout=SECONDS, trust_env=False, follow_redirects=False) as client,
        client.stream(
            "POST", url.copy_with(host=address), content=body, headers={**headers, "Host": url.netloc.decode()},
            extensions={"sni_hostname": url.host, "trace": deadline.trace},
        ) as answer,
    ):  # fmt: skip
        return answer.status_code, _wait(answer.headers.get("Retry-After", ""))


def _wait(value: str) -> timedelta | None:
    """The header Retry-After: seconds or a date (RFC 9110)."""
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value), 86_400))
    try:
        until: datetime = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return max(timedelta(0), (until if until.tzinfo else until.replace(tzinfo=UTC)) - clock.now())


def _is_usable(subscription: Subscription) -> bool:
    """Returns whether a browser can have made this subscription: an address that HTTP can reach, and keys of RFC 8291.

    Base64 decoders skip characters that are not of its alphabet, so the form of the keys is compared first.
    """
    address = subscription.endpoint
    if not (address.isascii() and address.isprintable()) or " " in address or len(address) > _LONGEST_ENDPOINT:
        return False
    if not _PUBLIC_KEY.fullmatch(subscription.p256dh) or not _SECRET.fullmatch(subscription.auth):
        return False
    try:
        url = httpx.URL(address)
        url.host.encode("idna")
        point = base64.urlsafe_b64decode(subscription.p256dh.rstrip("=") + "=")
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except (ValueError, TypeError, httpx.InvalidURL):
        return False
    port = 443 if url.port is None else url.port
    is_named = bool(url.host) and ":" not in url.host  # py_vapid signs for no IPv6 address
    return url.scheme in {"https", "http"} and is_named and not url.userinfo and 0 < port < 65536


def _is_on_the_internet(endpoint: str) -> bool:
    """Returns whether an address may be one of a push service: https, port 443, and a name that everyone can
    resolve.

    The push services of all browsers use port 443. With other ports, a member could try out the ports of other hosts.
    Push services have names. A last part with a digit first is an IPv4 address in some spelling (127.1, 0x7f.1).
    """
    url = httpx.URL(endpoint)
    is_address = url.host.rstrip(".").rpartition(".")[2][:1].isdigit()
    return url.scheme == "https" and url.port is None and not is_address and who_can_open(endpoint) is Reach.EVERYONE


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
