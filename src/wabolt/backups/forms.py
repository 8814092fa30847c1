"""The forms of the page "Backup"."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wabolt.backups.models import BackupSettings
from wabolt.backups.services import Storage
from wabolt.ui.versions import Versioned


def _plain(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", **attrs})


class TimeForm(Versioned):
    """The time of the daily backup."""

    at = forms.TimeField(
        label=_("Every day at"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("If the computer is off then, the backup is made when it is on again."),
    )


class FolderForm(Versioned):
    """The folder for copies."""

    use_folder = forms.BooleanField(label=_("Keep copies in a folder"), required=False)
    folder = forms.CharField(
        label=_("Folder"),
        required=False,
        max_length=500,
        widget=_plain(list="backup-folders"),
        help_text=_("Leave it empty for WABolt's own folder. A USB disk is better: it survives the computer."),
    )


class StorageForm(Versioned):
    """S3-compatible storage. The stored secret is never shown; an empty field keeps it."""

    # These fields are required when the storage is switched on, so their labels do not say "optional".
    conditional = ("bucket", "key_id", "secret")

    use_s3 = forms.BooleanField(label=_("Send copies to storage on the internet"), required=False)
    endpoint = forms.URLField(
        label=_("Address (endpoint)"),
        required=False,
        max_length=300,
        assume_scheme="https",
        help_text=_("As your provider shows it, for example https://s3.example.com. Empty for Amazon."),
    )
    region = forms.RegexField(r"^[A-Za-z0-9-]{1,60}\Z", label=_("Region"), required=False, widget=_plain())
    bucket = forms.RegexField(
        r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z",
        label=_("Bucket"),
        required=False,
        widget=_plain(),
        error_messages={"invalid": _("Small letters, digits and hyphens only.")},
    )
    folder = forms.CharField(
        label=_("Folder in the bucket"), required=False, max_length=200, widget=_plain(),
        help_text=_("For example wabolt. May be empty."),
    )  # fmt: skip
    key_id = forms.CharField(label=_("Key ID"), required=False, max_length=200, widget=_plain())
    secret = forms.CharField(
        label=_("Secret"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, row: BackupSettings, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "use_s3": row.use_s3, "endpoint": row.s3_endpoint, "region": row.s3_region, "bucket": row.s3_bucket,
            "folder": row.s3_prefix, "key_id": row.s3_key_id,
        }  # fmt: skip
        super().__init__(*args, **kwargs)
        self.has_secret = bool(row.sealed_s3_secret)
        if self.has_secret:
            self.fields["secret"].widget.attrs["placeholder"] = _("stored, leave empty to keep")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("use_s3"):
            needed = ["bucket", "key_id"] + ([] if self.has_secret else ["secret"])
            for name in needed:
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, self.fields[name].error_messages["required"])
        return data

    def storage(self) -> Storage:
        """Returns the typed storage."""
        data = self.cleaned_data
        return Storage(
            data["endpoint"], data["region"], data["bucket"], data["folder"].strip(), data["key_id"], data["secret"]
        )


class ConfirmForm(forms.Form):
    """The last group of the recovery key."""

    last_group = forms.CharField(
        label=_("Type the last group of the key, from your note"), max_length=20, widget=_plain(inputmode="text")
    )


class TestForm(forms.Form):
    """The recovery key, to try a copy. It is not stored."""

    key = forms.CharField(
        label=_("Recovery key"), max_length=200, widget=_plain(),
        help_text=_("Type it from your note. WABolt does not store it."),
    )  # fmt: skip
