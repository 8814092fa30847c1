"""The words for sources that the program writes into `Contact.source`. Sources that people type have no entry."""

from django.utils.functional import Promise

_labels: dict[str, str | Promise] = {}


def register_source(code: str, label: str | Promise) -> None:
    """Adds the words for a source. A second registration of a code replaces the first."""
    _labels[code] = label


def source_label(source: str) -> str:
    """The source in the reader's language; what a person typed is returned unchanged."""
    return str(_labels.get(source, source))
