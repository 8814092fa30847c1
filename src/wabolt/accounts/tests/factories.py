"""Factories of workspaces and people for tests of every room."""

from django.test import Client

from wabolt.accounts.models import Membership, User, Workspace


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
    client.force_login(make_member(workspace, role))
    return client
