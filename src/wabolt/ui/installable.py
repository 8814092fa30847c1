"""The installable app: manifest, release of the service worker, and the scripts that it imports."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from wabolt.ui import worker_scripts
from wabolt.ui.context import address

PRECACHED = (
    "vendor/tabler.min.css",
    "vendor/icons.svg",
    "ui/wabolt.css",
    "ui/parts.css",
    "ui/wabolt.js",
    "ui/drafts.js",
    "ui/early.js",
    "ui/install.js",
    "ui/offline.js",
    "ui/logo.svg",
)
SHARED_TYPES = ("image/jpeg", "image/png", "image/webp", "application/pdf")
_ICONS = (
    ("ui/icon-192.png", "192x192", "any"),
    ("ui/icon-512.png", "512x512", "any"),
    ("ui/icon-maskable-512.png", "512x512", "maskable"),
)


def worker_setup() -> dict[str, Any]:
    """The settings of the service worker (`ui/sw.js`)."""
    return {
        "static_cache": f"wabolt-static-{release()}",
        "offline": reverse("ui:offline"),
        "static": settings.STATIC_URL,
        "files": [static(name) for name in PRECACHED],
        "scripts": [static(name) for name in worker_scripts.names()],
    }


@cache
def release() -> str:
    """A hash of the static files that the service worker keeps and imports. Another hash is another cache."""
    digest = sha256()
    for name in (*PRECACHED, *worker_scripts.names()):
        found = finders.find(name)
        digest.update(Path(str(found)).read_bytes() if found else b"")
    return digest.hexdigest()[:16]


def manifest(shop: str) -> dict[str, Any]:
    """The web app manifest. `shop`: the name of the workspace, "" before sign-in."""
    content: dict[str, Any] = {
        "id": "/",
        "name": f"WABolt · {shop}" if shop else "WABolt",
        "short_name": shop[:12].strip() or "WABolt",
        "description": _("Your shop's customers and messages on WhatsApp"),
        "lang": get_language(),
        "dir": "ltr",
        "start_url": "/?from=app",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f7f7fb",
        "theme_color": "#4a33c7",
        "categories": ["business", "productivity"],
        "icons": [
            {"src": static(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in _ICONS
        ],
        "shortcuts": [
            {"name": str(name), "url": url, "icons": [{"src": static("ui/icon-96.png"), "sizes": "96x96"}]}
            for name, url in (
                (_("Inbox"), address("inbox:list")),
                (_("New broadcast"), address("broadcasts:new")),
                (_("Contacts"), address("contacts:list")),
            )
            if url
        ],
    }
    if action := address("inbox:share"):
        fields = {"title": "title", "text": "text", "url": "url"}
        files = [{"name": "file", "accept": list(SHARED_TYPES)}]
        content["share_target"] = {
            "action": action, "method": "POST", "enctype": "multipart/form-data", "params": {**fields, "files": files},
        }  # fmt: skip
    return content
