"""Factories of workspaces and people for tests of every room."""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils.crypto import get_random_string

from wabolt.accounts.models import Membership, User, Workspace
from wabolt.accounts.sessions import SessionStore


def make_workspace(name: str = "Gaya Nusantara", **fields: object) -> Workspace:
    return Workspace.objects.create(name=name, **fields)


def make_member(workspace: Workspace, role: str = "owner", email: str = "") -> User:
    """A person with `role` in `workspace`."""
    user = User.objects.create_user(email or f"{role}-{workspace.pk}@example.com", "rahasia-sekali")
    Membership.objects.create(workspace=workspace, user=user, role=role)
    return user


def signed_in(workspace: Workspace, role: str = "owner") -> Client:
    """A client signed in as a new member with `role`."""
    client = Client()
    sign_in(client, make_member(workspace, role))
    return client


def sign_in(client: Client, user: User) -> None:
    """Gives `client` a new session of `user`, in one statement. `Client.force_login` sends 15."""
    key, store = get_random_string(32), SessionStore()
    data = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    Session.objects.create(session_key=key, session_data=store.encode(data), expire_date=store.get_expiry_date())
    client.cookies[settings.SESSION_COOKIE_NAME] = key
