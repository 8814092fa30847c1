"""Loads the code of all processes before they are forked, so that they share its memory."""

import gc
from importlib import import_module

from wabolt.site.database import set_up_django


def preload() -> None:
    """Imports what the processes need, and fills the caches that Django fills at first use.

    Otherwise each process fills them for itself: about 20 MB together.
    """
    set_up_django()
    import_module("wabolt.site.asgi")
    import_module("granian.server")
    import_module("wabolt.messaging.gateway")
    _fill_caches_of_models()
    _fill_caches_of_pages()
    gc.collect()
    gc.freeze()  # a collection would write to every page and so copy it


def _fill_caches_of_models() -> None:
    from django.apps import apps
    from django.db.models.options import Options
    from django.utils.functional import cached_property

    cached = [name for name, value in vars(Options).items() if isinstance(value, cached_property)]
    for model in apps.get_models(include_auto_created=True):
        for name in cached:
            getattr(model._meta, name)


def _fill_caches_of_pages() -> None:
    from django.conf import settings
    from django.template.loader import get_template
    from django.urls import get_resolver
    from django.utils import translation

    for language, _name in settings.LANGUAGES:
        with translation.override(language):  # loads the catalog of texts
            _addresses = get_resolver().reverse_dict
    get_template("ui/base.html")
