"""allauth's forms with our labels and without placeholders."""

from typing import Any

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.base import forms as second
from allauth.mfa.totp import forms as totp
from django import forms
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import User
from wabolt.accounts.second_factor import may_try_code


def _calm(form: forms.Form, *, focus: str = "") -> None:
    """Removes placeholders and help texts, and puts the cursor into the field `focus`."""
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        field.help_text = ""
        if name == focus:
            field.widget.attrs["autofocus"] = True


def _code(form: forms.Form) -> None:
    """Prepares the field for a six-digit or recovery code: the phone's keyboard must not capitalise or correct it."""
    _calm(form, focus="code")
    form.fields["code"].label = _("Code")
    form.fields["code"].widget.attrs.update(inputmode="text", autocapitalize="none", spellcheck="false")


class LoginForm(account.LoginForm):  # type: ignore[misc]  # allauth is untyped
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _calm(self, focus="login")
        self.fields["login"].label = _("E-mail")
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["remember"].label = _("Stay signed in on this device")
        self.fields["remember"].initial = True


class ChangePasswordForm(account.ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _calm(self, focus="oldpassword")
        self.fields["oldpassword"].label = _("Current password")
        _new_password(self)


class SetPasswordForm(account.SetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _calm(self, focus="password1")
        _new_password(self)


def _new_password(form: forms.Form) -> None:
    form.fields["password1"].label = _("New password")
    form.fields["password1"].help_text = _("At least 10 characters. A short sentence is good.")
    form.fields["password2"].label = _("New password once more")


class ReauthenticateForm(account.ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _calm(self, focus="password")
        self.fields["password"].label = _("Password")


def _refuse_too_many(user: User) -> None:
    """Raises ValidationError if the account had too many wrong codes today."""
    if not may_try_code(context.request, user):
        raise get_adapter().validation_error("too_many_login_attempts")


class _LimitedCode(second.BaseAuthenticateForm):  # type: ignore[misc]
    """A code with a limit of wrong ones a day."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self)

    def clean_code(self) -> str:
        _refuse_too_many(self.user)
        return str(super().clean_code())


class CodeForm(_LimitedCode, second.AuthenticateForm):  # type: ignore[misc]
    """The code after the password."""


class CodeAgainForm(_LimitedCode, second.ReauthenticateForm):  # type: ignore[misc]
    """The code before a change that needs a fresh sign-in."""


class ActivateForm(totp.ActivateTOTPForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"
