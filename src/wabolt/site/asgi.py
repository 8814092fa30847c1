"""The web application: Django behind the buffering front. Import it after `set_up_django`."""

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db.backends.signals import connection_created

from wabolt.site.front.app import Front, Threads
from wabolt.site.front.clients import ConnectionGuard
from wabolt.site.front.head import Proxies
from wabolt.site.front.probes import Probes
from wabolt.site.front.reconnect import watch_writes

_django = WSGIHandler()  # loads all middleware before the processes are forked, so that they share its memory


def make_application() -> Front:
    """Returns the application of one web process. It starts threads, so a process must not fork after this call."""
    connection_created.connect(watch_writes, dispatch_uid="site.front")
    return Front(_django, _proxies(), Threads(), Probes(settings.METRICS_TOKEN))


def guard_connections(port: int) -> None:
    """Limits the open connections of one address to this process, which listens on `port`."""
    ConnectionGuard(port, _proxies()).start()


def _proxies() -> Proxies:
    return Proxies.parse(settings.TRUSTED_PROXIES, settings.PROXY_SECRET)
