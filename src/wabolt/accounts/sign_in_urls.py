"""The pages of allauth that WABolt has.

The others (sign-up, e-mail addresses, password reset by e-mail) answer 404, because a small shop has no mail server.
Their URL names remain, because allauth resolves them.
"""

from allauth.account.urls import urlpatterns as account_patterns
from django.urls import URLPattern, include, path

from wabolt.accounts.views import entrance

OPEN = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",  # says that people come by invitation
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
}

urlpatterns = [
    path("password/reset/", entrance.forgotten, name="account_reset_password"),
    *(p if p.name in OPEN else URLPattern(p.pattern, entrance.closed, name=p.name) for p in account_patterns
      if p.name != "account_reset_password"),
    path("2fa/", include("allauth.mfa.urls")),
]  # fmt: skip
