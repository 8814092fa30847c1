"""The web application that granian serves."""

import os
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wabolt.site.settings")
# Without it everybody behind a web server has that one's address: a stranger who tries passwords would lock out the
# shop, and the links that are made would say http.
application: Callable[..., Any] = wrap_wsgi_with_proxy_headers(get_wsgi_application(), settings.TRUSTED_PROXIES)
