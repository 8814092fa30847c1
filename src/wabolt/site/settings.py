"""Django settings. Operators set them through the environment; docs/operations.md documents every variable, and a test
compares the two."""

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from wabolt.site import home


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, str(default)).lower() in {"1", "true", "yes"}


def _list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def _host(url: str) -> str:
    """Returns the host of `url` as a Host header has it: an IPv6 address in brackets."""
    name = urlsplit(url).hostname or ""
    return f"[{name}]" if ":" in name else name


DEBUG = _flag("WABOLT_DEBUG")
SECRET_KEY = home.secret_key()
SECRETS_KEY = home.secrets_key()
ERASURE_KEY = home.erasure_key()
# The release feed that is asked for a newer version once a day. "": the repository that this program comes from;
# "off": nothing (operations.queries.origin).
UPDATE_URL = os.environ.get("WABOLT_UPDATE_URL", "")
METRICS_TOKEN = home.metrics_token()
DATA_FOLDER = home.data_folder()
PUBLIC_URL = os.environ.get("WABOLT_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
# Requests for other names are refused (site.front.hosts). Links are made from PUBLIC_URL, never from a request.
_OWN_NAMES = ["localhost", ".localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = [*_list("WABOLT_HOSTS"), _host(PUBLIC_URL), *_OWN_NAMES]
# With `--lan`, also addresses that this machine gets after the start: Wi-Fi connects later, routers give new ones.
ANSWERS_OWN_ADDRESSES = os.environ.get("WABOLT_OWN_ADDRESSES") == "1"
# Web servers in front of ours whose forwarding headers are trusted (site.front.head).
TRUSTED_PROXIES = _list("WABOLT_TRUSTED_PROXIES", "127.0.0.1,::1")
PUBLIC_CA = os.environ.get("WABOLT_PUBLIC_CA", "")  # a further root certificate that the self-check trusts
# Set by `wabolt up --domain`: with it, only requests that carry it come from our Caddy. Other requests are not trusted.
PROXY_SECRET = os.environ.get("WABOLT_PROXY_SECRET", "")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []

# The rooms come first: their templates and translations take precedence over those of the libraries.
INSTALLED_APPS = [
    "wabolt.ui",
    "wabolt.accounts",
    "wabolt.alerts",
    "wabolt.public_address",
    "wabolt.backups",
    "wabolt.imports",
    "wabolt.media",
    "wabolt.contacts",
    "wabolt.channels",
    "wabolt.consent",
    "wabolt.commerce",
    "wabolt.personalization",
    "wabolt.messaging",
    "wabolt.segments",
    "wabolt.broadcasts",
    "wabolt.journeys",
    "wabolt.inbox",
    "wabolt.autoreply",
    "wabolt.optin",
    "wabolt.privacy",
    "wabolt.analytics",
    "wabolt.help",
    "wabolt.operations",
    "wabolt.demo",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "django_htmx",
    "template_partials",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "wabolt.accounts.middleware.WorkspaceMiddleware",
    "wabolt.site.front.refusal.RefusalMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "wabolt.site.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": sorted((Path(__file__).parents[1] / "channels" / "providers").glob("*/templates")),
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wabolt.ui.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "wabolt.ui.forms.FormRenderer"


def _database(url: str) -> dict[str, Any]:
    """Converts a postgresql:// URL to a Django database; parameters without a Django key go to the driver.

    Every thread keeps its own connection and tests it before each request, so a connection that PostgreSQL ended is
    replaced at once. (A pool waits longer after each failure.) The timeouts bound a server that does not answer;
    without `tcp_user_timeout`, a statement to a machine that has vanished would wait for a quarter of an hour.
    """
    parts = conninfo_to_dict(url)
    known = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    limits = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
    limits["tcp_user_timeout"] = 25_000  # milliseconds
    options = {name: value for name, value in parts.items() if name not in known}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "OPTIONS": {**limits, **options},
        "CONN_MAX_AGE": 3600,
        "CONN_HEALTH_CHECKS": True,
        **{ours: str(parts[theirs]) for theirs, ours in known.items() if theirs in parts},
    }


DATABASES = {"default": _database(home.database_url())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "wabolt.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
# "ip" is the device for a browser in which the user has signed in before (accounts.adapter).
# "second_factor" counts wrong codes (accounts.second_factor).
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/300s/key", "second_factor": "30/d/key"}
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "WABolt"
ACCOUNT_FORMS = {
    "login": "wabolt.accounts.sign_in_forms.LoginForm",
    "change_password": "wabolt.accounts.sign_in_forms.ChangePasswordForm",
    "set_password": "wabolt.accounts.sign_in_forms.SetPasswordForm",
    "reauthenticate": "wabolt.accounts.sign_in_forms.ReauthenticateForm",
}
MFA_FORMS = {
    "authenticate": "wabolt.accounts.sign_in_forms.CodeForm",
    "reauthenticate": "wabolt.accounts.sign_in_forms.CodeAgainForm",
    "activate_totp": "wabolt.accounts.sign_in_forms.ActivateForm",
}

# Rate limits count over all web processes, so the default cache is in the database (ADR 2). Above MAX_ENTRIES a third
# of the counts is deleted, also those of running lock-outs: by default already above 300, which a few computers that
# guess passwords reach.
DATABASE_CACHE = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "site_cache",
    "OPTIONS": {"MAX_ENTRIES": 200_000},
}
# "fragments": rendered rows of lists, per process. A key contains everything that its row shows, so none is stale.
CACHES: dict[str, dict[str, Any]] = {
    "default": DATABASE_CACHE,
    "fragments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "fragments",
        "OPTIONS": {"MAX_ENTRIES": 5000},
    },
}
SESSION_ENGINE = "wabolt.accounts.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31536000 if PUBLIC_URL.startswith("https://") else 0
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "id"
LANGUAGES = [("id", _("Indonesian")), ("en", _("English"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# An upload goes to a temporary file and from there into the database (imports.ImportPart).
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
IMPORT_MAX_BYTES = int(os.environ.get("WABOLT_IMPORT_MAX_MB", "200")) * 1024 * 1024
# The largest picture or document in a message; a number may allow less (`Capabilities.media`).
MEDIA_MAX_BYTES = int(os.environ.get("WABOLT_MEDIA_MAX_MB", "16")) * 1024 * 1024
# The largest file from a customer that is downloaded; a larger one is shown on the shop's phone only.
INCOMING_MAX_BYTES = int(os.environ.get("WABOLT_INCOMING_MAX_MB", "16")) * 1024 * 1024

# Meta's Cloud API: its address, and default prices of a message in the smallest unit of the currency.
# Rupiah, recipients in Indonesia, at Rp16,300 per dollar from $0.0411, $0.02 and $0.03 (published by haptik.ai in
# autumn 2024; later lists of changes, up to October 2026, do not mention Indonesia; Meta's list was not available).
# Since 2026-10-01 free replies cost as much as utility messages after the first 1,000 per number and month (ycloud).
GRAPH_URL = os.environ.get("WABOLT_GRAPH_URL", "https://graph.facebook.com/v24.0").rstrip("/")
CLOUD_PRICES = {"marketing": 670, "utility": 325, "authentication": 490, "service": 325}
CLOUD_PRICES_CURRENCY = "IDR"
CLOUD_PRICES_AS_OF = "2024-10-01"

# Push services and mail servers in a private network are refused, because their addresses come from browsers and forms.
PRIVATE_PEERS = _flag("WABOLT_PRIVATE_PEERS")

# Without it, /sw.js is a worker that removes itself and its cached pages.
OFFLINE_PAGES = _flag("WABOLT_OFFLINE", True)

# Vendors repeat an event for up to two weeks; with a shorter period it would be processed twice.
RAW_EVENT_DAYS = max(14, int(os.environ.get("WABOLT_RAW_EVENT_DAYS", "30")))
LANE_LEASE_SECONDS = float(os.environ.get("WABOLT_LANE_LEASE_SECONDS", "6"))
CONSUMER_LEASE_SECONDS = float(os.environ.get("WABOLT_CONSUMER_LEASE_SECONDS", "8"))

_LOG_LEVEL = os.environ.get("WABOLT_LOG_LEVEL", "").upper()

# The default folder of backups, the process that makes one, and the keys that replace the owner's (wabolt.backups).
BACKUP_FOLDER = str(home.home() / "backups")
BACKUP_COMMAND = [sys.executable, "-m", "wabolt.site.backup.scheduled"]
BACKUP_RECIPIENTS = os.environ.get("WABOLT_BACKUP_RECIPIENTS", "").replace(",", " ").split()

# The command by which a page changes the domain name, if `wabolt up` manages the name (wabolt.public_address).
DOMAIN_COMMAND = [sys.executable, "-m", "wabolt", "domain"] if os.environ.get("WABOLT_OWNS_NAME") else []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "wabolt.lib.log_lines.make_formatter",
            "layout": os.environ.get("WABOLT_LOG_FORMAT", "text"),
            "verbose": _LOG_LEVEL == "DEBUG",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": _LOG_LEVEL or "WARNING"},
    "loggers": {
        # Django would write to the console by itself, with paths
        "django": {"handlers": [], "level": _LOG_LEVEL or "WARNING", "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # At DEBUG it logs every missing variable with the whole context of the page, which holds people's data
        "django.template": {"level": "INFO"},
    },
}
