"""The root URL configuration; each room provides its own."""

from importlib.util import find_spec

from django.urls import include, path

ROOMS = (
    "ui",
    "accounts",
    "alerts",
    "public_address",
    "backups",
    "imports",
    "media",
    "contacts",
    "channels",
    "consent",
    "commerce",
    "messaging",
    "segments",
    "broadcasts",
    "journeys",
    "inbox",
    "autoreply",
    "optin",
    "privacy",
    "analytics",
    "help",
    "operations",
    "demo",
)

handler500 = "wabolt.site.front.reconnect.server_error"
urlpatterns = [path("account/", include("wabolt.accounts.sign_in_urls"))]
urlpatterns += [path("", include(f"wabolt.{room}.urls")) for room in ROOMS if find_spec(f"wabolt.{room}.urls")]
