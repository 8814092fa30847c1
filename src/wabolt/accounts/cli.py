"""`wabolt user`: for whoever keeps the machine, when somebody is locked out and there is no mail server."""

import click
from django.core.exceptions import ValidationError

from wabolt.accounts.models import User
from wabolt.accounts.services import reset_second_factor, set_password
from wabolt.lib.errors import DomainError


@click.group("user")
def user_group() -> None:
    """People who sign in: list them, set a password, take a lost second step off."""


@user_group.command("list")
def list_users() -> None:
    """Show everybody who can sign in, with their shops and roles."""
    for user in User.objects.prefetch_related("memberships__workspace").order_by("email"):
        shops = ", ".join(f"{m.workspace.name} ({m.role})" for m in user.memberships.all())
        click.echo(f"{user.email}\t{user.name}\t{shops or 'no shop'}")


@user_group.command("password")
@click.argument("email")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when left out.")
def password_of(email: str, password: str) -> None:
    """Give EMAIL a new password and sign them out everywhere."""
    try:
        set_password(email=email, password=password)
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    except ValidationError as error:
        raise click.ClickException(" ".join(error.messages)) from error
    click.echo(f"{email} has a new password.")


@user_group.command("reset-2fa")
@click.argument("email")
def reset_2fa(email: str) -> None:
    """Take the second step (authenticator app, recovery codes) off EMAIL."""
    try:
        removed = reset_second_factor(email=email)
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{email} signs in with the password alone now." if removed else f"{email} had no second step.")


commands: list[click.Command] = [user_group]
