"""For other rooms: the part of a form that attaches a file to a message.

Its template is `media/attachment.html` (`{% include "media/attachment.html" with form=form %}`).
"""

from django import forms
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.lib.errors import DomainError
from wabolt.media.models import MediaFile
from wabolt.media.queries import reference_of, referenced_media, shown_media
from wabolt.media.services import store_upload
from wabolt.ui.bubbles import Attachment

ACCEPTED = ".jpg,.jpeg,.png,.webp,.pdf,.docx,.xlsx,.pptx"


class AttachmentForm(forms.Form):
    """The attached file of a message.

    Browsers send a chosen file once. The form therefore stores it at once, and `kept` carries a signed reference to it
    from then on, even when other fields are wrong. `attached` is the stored file; `cleaned_data` does not name it.
    "Remove it" is never drawn ticked: it has been obeyed, and the file that the form shows now is another one.
    """

    file = forms.FileField(
        label=_("Picture or document"), required=False, allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        help_text=_("It is shown above your text, which is its caption. JPG, PNG, PDF or an Office document."),
    )  # fmt: skip
    drop_file = forms.BooleanField(
        label=_("Remove it"), required=False, widget=forms.CheckboxInput(check_test=lambda _value: False)
    )  # fmt: skip
    workspace: Workspace
    attached: MediaFile | None = None

    def attach(self, workspace: Workspace, stored: MediaFile | None = None) -> None:
        """Called once the form has its data. `stored`: the file before the form was sent."""
        self.workspace = workspace
        self.attached = self._kept() if self.is_bound else stored

    @property
    def kept_name(self) -> str:
        """The name of the hidden field that carries `kept` to the next form."""
        return self.add_prefix("file_kept")

    @property
    def kept(self) -> str:
        """A signed reference to the stored file."""
        return reference_of(self.attached)

    @property
    def shown(self) -> Attachment | None:
        """The file as a message bubble shows it."""
        return shown_media(self.attached)

    def _kept(self) -> MediaFile | None:
        if self.add_prefix("drop_file") in self.data:
            return None
        return referenced_media(self.workspace, str(self.data.get(self.kept_name, "")))

    def clean_file(self) -> None:
        """Stores a chosen file."""
        upload = self.cleaned_data.get("file")
        if not upload:
            return
        try:
            self.attached = store_upload(workspace=self.workspace, upload=upload)
        except DomainError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, object] | None:
        for name in ("file", "drop_file"):
            self.cleaned_data.pop(name, None)
        return super().clean()
