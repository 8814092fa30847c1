"""Optimistic versions: a form remembers the stored values that it showed, and refuses to overwrite later ones unseen.

A form of something that exists inherits `Versioned` and gets the stored values as `initial`. Its template contains
`{{ form }}`, or `{% include "ui/forms/version.html" %}` where it draws fields one by one. The view is decorated with
`lib.web.edits`, so the comparison and the save happen under one row lock. See docs/adr/0018-optimistic-versions.md.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MOST_LETTERS = 60
"""Length to which a value is cut that another member stored."""


class Versioned(forms.Form):
    """A form that refuses to overwrite what changed while it was open, and says what changed.

    The typed text stays in the form. A checkbox then lets the member overwrite knowingly; a third change in between is
    refused again. `edits` is False for a form of something new. `extra_labels` names keys of `initial` that are no
    fields of the form.
    """

    version = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20_000)
    overwrite = forms.BooleanField(
        widget=forms.HiddenInput, required=False, label=gettext_lazy("Replace it with what I have written")
    )
    edits = True
    extra_labels: ClassVar[Mapping[str, str | Promise]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = {key: value for key, value in self.initial.items() if key not in {"version", "overwrite"}}
        if self.edits:
            self.initial.setdefault("version", version_of(self.stored))

    def clean(self) -> dict[str, Any]:
        """Adds an error that names what changed, unless the member has chosen to overwrite it."""
        super().clean()
        shown = self.cleaned_data.pop("version", "")
        overwrite = self.cleaned_data.pop("overwrite", False)
        asked, shown = shown.startswith("?"), shown.removeprefix("?")
        changed = self._changed(shown) if self.edits and shown else []
        if changed or (asked and not overwrite):
            self._refuse(changed)
        return self.cleaned_data

    def _changed(self, shown: str) -> list[str]:
        """The keys of values that were stored since `shown` and that this form would overwrite."""
        before = {key: digest for key, _colon, digest in (part.rpartition(":") for part in shown.split())}
        now = _digests(self.stored)
        later = [key for key in now if before.get(key) != now[key]]
        return [key for key in later if key not in self.fields or key in self.changed_data]

    def _refuse(self, changed: list[str]) -> None:
        told = "; ".join(self._told(key) for key in changed)
        message = _("Somebody changed this while you were writing. What you wrote is still here.")
        self.add_error(None, f"{message} {told}".strip())
        data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict or a dict
        data[self.add_prefix("version")] = f"?{version_of(self.stored)}"
        data.pop(self.add_prefix("overwrite"), None)
        self.data = data
        self.fields["overwrite"].widget = forms.CheckboxInput()

    def _told(self, key: str) -> str:
        """The label of what changed, with the value if a person can read it."""
        value = self.stored[key]
        is_structure = isinstance(value, list | tuple | dict)
        return self._label(key) if is_structure else f"{self._label(key)}: {_short(value)}"

    def _label(self, key: str) -> str:
        return str(self.fields[key].label if key in self.fields else self.extra_labels.get(key, key))


def version_of(stored: Mapping[str, Any]) -> str:
    """The version of these values: for each key a short digest of its value."""
    return " ".join(f"{key}:{digest}" for key, digest in _digests(stored).items())


def _digests(stored: Mapping[str, Any]) -> dict[str, str]:
    plain = {key: _plain(value).encode("utf-8", "replace") for key, value in stored.items()}
    return {key: hashlib.sha256(text).hexdigest()[:10] for key, text in plain.items()}


def _plain(value: Any) -> str:
    return str(getattr(value, "pk", value)) if value not in (None, "") else ""


def _short(value: Any) -> str:
    text = " ".join(str(value).split()) if value not in (None, "") else _("empty")
    return f"“{text[:MOST_LETTERS]}…”" if len(text) > MOST_LETTERS else f"“{text}”"
