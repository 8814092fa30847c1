"""The upload form of the wizard."""

from django import forms
from django.utils.translation import gettext_lazy as _


class UploadForm(forms.Form):
    """The first step of the wizard: the file."""

    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.xls,.xlsb,.ods,.tsv,.txt,.vcf,.html"}),
        help_text=_(
            "CSV, Excel or a phone's contacts (.vcf), at most 200 MB. The columns may have any name and order."
        ),
    )
