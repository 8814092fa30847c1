"""Workspaces, the people in them, their grants and the audit log."""

from collections.abc import Iterator
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from wabolt.lib import clock


class Workspace(models.Model):
    """One shop. Every row that belongs to a shop has its workspace, and no query crosses workspaces."""

    name = models.CharField(max_length=100)
    timezone = models.CharField(max_length=50, default="Asia/Jakarta")
    language = models.CharField(max_length=5, default="id")
    currency = models.CharField(max_length=3, default="IDR")
    country = models.CharField(max_length=2, default="ID", help_text="how phone numbers without +62 are read")
    is_demo = models.BooleanField(default=False, help_text="can never be given a real channel")
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        """Creates a person who signs in by `email`. Without a password, sign-in is impossible until one is set."""
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in by e-mail. Their rights come from a Membership of a workspace."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=5, blank=True, help_text="empty: the workspace's")
    is_active = models.BooleanField(default=True)
    sessions_version = models.PositiveIntegerField(default=0, help_text="a higher one ends every session of before")
    created_at = models.DateTimeField(default=clock.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_session_auth_hash(self) -> str:
        """Returns a value that is stored in the session. The session ends when the value changes: with the password or
        with `sessions_version`."""
        return f"{super().get_session_auth_hash()}{self.sessions_version}"

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Returns the same value for each replaced secret (SECRET_KEY_FALLBACKS)."""
        return (f"{digest}{self.sessions_version}" for digest in super().get_session_auth_fallback_hash())


class Membership(models.Model):
    """A person's role in a workspace."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        MANAGER = "manager", _("Manager")
        AGENT = "agent", _("Agent")
        VIEWER = "viewer", _("Viewer")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"


class ApiKey(models.Model):
    """A key for programs. Only its SHA-256 is stored; `prefix` lets people recognise it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=10, choices=Membership.Role, default=Membership.Role.VIEWER)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Invitation(models.Model):
    """An invitation to the team, used by the first person who accepts it. Only the SHA-256 of its token is stored."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="invitations")
    name = models.CharField(max_length=100, help_text="whom the owner means")
    role = models.CharField(max_length=10, choices=Membership.Role)
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.role})"


class SignInLink(models.Model):
    """A one-time sign-in to a demo shop without a password. Using it deletes the row."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()


class AuditEntry(models.Model):
    """An entry of the audit log: an action of a person, key or command. The database refuses changes and deletions."""

    workspace = models.ForeignKey(Workspace, models.DO_NOTHING, null=True, related_name="+")
    user = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+")
    actor = models.CharField(max_length=150, help_text="how the person, key or command was called at the time")
    action = models.CharField(max_length=60, help_text='a verb on a thing: "broadcast.start"')
    target_kind = models.CharField(max_length=40, blank=True)
    target_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"], name="audit_newest")]

    def __str__(self) -> str:
        return f"{self.actor}: {self.action}"


class VisitorCount(models.Model):
    """The number of requests that a visitor without a session made in the present window (`services.visitors`).

    `key` is a keyed digest of an internet address, a network or an object, so the table holds no address.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="visitor_count_once")]
        indexes = [models.Index(fields=["started_at"], name="visitor_count_old")]


class UsedChallenge(models.Model):
    """A challenge whose solution a visitor has used (`services.challenges`). It is kept until it expires, so that the
    solution cannot be used again."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    signature = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "signature"], name="challenge_used_once")]
        indexes = [models.Index(fields=["expires_at"], name="used_challenge_old")]


class OpeningTimes(models.Model):
    """The opening hours of a shop. A workspace without a row is open every day from 8.00 to 20.00.

    `week` and `fasting`: {"0": [["08:00", "20:00"]]} with Monday as 0; a weekday without an entry is closed. `special`:
    {"2026-12-25": []} for single dates. `lib.opening_hours.OpeningHours` explains the values.
    """

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="+")
    week = models.JSONField(default=dict)
    fasting = models.JSONField(null=True, help_text="hours in the fasting month; null: as always")
    fasting_shift = models.SmallIntegerField(default=0, help_text="days that the fasting month begins later")
    holidays_closed = models.BooleanField(default=False, help_text="closed on public holidays")
    special = models.JSONField(default=dict)
