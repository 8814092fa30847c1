"""`wabolt user`: for the operator, when a person is locked out and there is no mail server."""

import click
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from wabolt.accounts.models import User
from wabolt.accounts.services import reset_second_factor, set_password
from wabolt.lib.errors import DomainError


@click.group("user", help=_("People who sign in: list them, set a password, take a lost second step off."))
def user_group() -> None:
    """The group of commands about people."""


@user_group.command("list", help=_("Show all people who can sign in, with their shops and roles."))
def list_users() -> None:
    """Prints one line for each person: e-mail, name, shops."""
    for user in User.objects.prefetch_related("memberships__workspace").order_by("email"):
        shops = ", ".join(f"{m.workspace.name} ({m.get_role_display()})" for m in user.memberships.all())
        click.echo("\t".join([user.email, user.name, shops or _("no shop")]))


@user_group.command("password", help=_("Give EMAIL a new password and sign them out everywhere."))
@click.argument("email")
@click.option(
    "--password",
    prompt=_("New password"),
    hide_input=True,
    confirmation_prompt=_("Once more"),
    help=_("Asked for when left out."),
)
def password_of(email: str, password: str) -> None:
    """Refuses an unknown e-mail address and a weak password."""
    try:
        set_password(email=email, password=password)
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    except ValidationError as error:
        raise click.ClickException(" ".join(error.messages)) from error
    click.echo(_("%s has a new password.") % email)


@user_group.command("reset-2fa", help=_("Take the second step (authenticator app, recovery codes) off EMAIL."))
@click.argument("email")
def reset_2fa(email: str) -> None:
    """Does nothing to a person without a second factor."""
    try:
        removed = reset_second_factor(email=email)
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    words = _("%s signs in with the password alone now.") if removed else _("%s had no second step.")
    click.echo(words % email)


commands: list[click.Command] = [user_group]
