"""Creating and changing a workspace."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db import connection, transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import Membership, User, Workspace
from wabolt.accounts.services.audit import record_audit
from wabolt.accounts.services.members import add_member
from wabolt.accounts.signals import currency_changing, timezone_changed, workspace_created
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean

CURRENCIES = ("IDR", "MYR", "SGD", "USD")
_SETUP_LOCK = 7_240_311  # an arbitrary key: the first of two set-ups holds the lock until it commits


@transaction.atomic
def create_workspace(
    *,
    name: str,
    owner: User,
    timezone: str = "Asia/Jakarta",
    language: str = "id",
    currency: str = "IDR",
    is_demo: bool = False,
) -> Workspace:
    """Creates a workspace with its owner and sends `signals.workspace_created`.

    A demo shop cannot become a real one. Raises DomainError for an empty name or an unknown time zone, language or
    currency.
    """
    workspace = Workspace(is_demo=is_demo)
    _fill(workspace, name, timezone, language, currency)
    workspace.save()
    add_member(workspace=workspace, user=owner, role=Membership.Role.OWNER)
    record_audit(workspace=workspace, actor=owner, action="workspace.create", data={"name": workspace.name})
    workspace_created.send(Workspace, workspace=workspace)
    return workspace


@transaction.atomic
def update_workspace(
    *, workspace: Workspace, name: str, timezone: str, language: str, currency: str, by: User
) -> Workspace:
    """Changes name, time zone, language and currency. Raises the errors of `create_workspace`, and DomainError
    "has_amounts" for another currency once there are orders."""
    fields = ("name", "timezone", "language", "currency")
    before = {field: getattr(workspace, field) for field in fields}
    if currency != workspace.currency:
        currency_changing.send(Workspace, workspace=workspace)
    _fill(workspace, name, timezone, language, currency)
    workspace.save(update_fields=fields)
    changed = {
        field: [old, getattr(workspace, field)] for field, old in before.items() if old != getattr(workspace, field)
    }
    if changed:
        record_audit(workspace=workspace, actor=by, action="workspace.update", data=changed)
    if "timezone" in changed:
        timezone_changed.send(Workspace, workspace=workspace)
    return workspace


@transaction.atomic
def set_up(
    *, email: str, password: str, name: str, shop: str, timezone: str = "Asia/Jakarta", language: str = "id"
) -> tuple[User, Workspace]:
    """Creates the first owner and their shop.

    Raises DomainError (code "done") when a user exists, also when two people set up at once, and ValidationError for a
    weak password.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SETUP_LOCK])
    if User.objects.exists():
        raise DomainError(_("This WABolt already has an owner. Sign in instead."), code="done")
    user = User(email=email, name=clean(name)[:100])
    validate_password(password, user)
    owner = User.objects.create_user(email, password, name=user.name)
    return owner, create_workspace(name=shop, owner=owner, timezone=timezone, language=language)


def _fill(workspace: Workspace, name: str, timezone: str, language: str, currency: str) -> None:
    name = clean(name)[:100]
    if not name:
        raise DomainError(_("Give the shop a name."), field="name")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DomainError(_("We do not know this time zone."), field="timezone") from error
    if language not in dict(settings.LANGUAGES):
        raise DomainError(_("We do not speak this language yet."), field="language")
    if currency not in CURRENCIES:
        raise DomainError(_("We do not know this currency."), field="currency")
    workspace.name, workspace.timezone, workspace.language, workspace.currency = name, timezone, language, currency
