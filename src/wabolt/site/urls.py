"""All addresses of the house; each room brings its own."""

from importlib.util import find_spec

from django.urls import include, path

ROOMS = (
    "ui",
    "accounts",
    "contacts",
    "channels",
    "consent",
    "commerce",
    "messaging",
    "segments",
    "broadcasts",
    "analytics",
    "demo",
)

urlpatterns = [
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
]
urlpatterns += [path("", include(f"wabolt.{room}.urls")) for room in ROOMS if find_spec(f"wabolt.{room}.urls")]
