"""Access to a running database: the home folder's own server, or the one that DATABASE_URL names."""

import contextlib
import gc
import os
from collections.abc import Callable, Iterator

from wabolt.site import home


@contextlib.contextmanager
def database(report: Callable[[str], None] | None = None) -> Iterator[None]:
    """Keeps the database running within the block. Raises ClusterError if the server cannot be started.

    The home folder's server is started if needed, and stopped at the end unless another process uses it. A killed
    restore is finished first.
    """
    if os.environ.get("DATABASE_URL"):
        _finish_restore()
        yield
        return
    home.create_home()
    cluster = home.cluster()
    try:
        cluster.start(report)
        _finish_restore()
        yield
    finally:
        os.environ.pop("DATABASE_URL", None)  # set for the processes started within the block
        cluster.leave()


def _finish_restore() -> None:
    if home.has_announced_keys():
        from wabolt.site.backup import finish_restore

        finish_restore()


def set_up_django() -> None:
    """Loads the settings and all rooms, and activates the terminal's language."""
    import django
    from django.utils import translation

    from wabolt.site.words import language

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wabolt.site.settings")
    gc.disable()  # collections while modules are loaded take a seventh of the start and find nothing
    django.setup()
    gc.freeze()
    gc.enable()
    translation.activate(language())
