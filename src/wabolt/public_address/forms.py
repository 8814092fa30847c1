"""The form of the domain name."""

from django import forms
from django.utils.translation import gettext_lazy as _


class NameForm(forms.Form):
    """A domain name that leads to this machine."""

    name = forms.CharField(
        label=_("Domain name"),
        max_length=253,
        widget=forms.TextInput(attrs={"placeholder": "wa.toko.id", "inputmode": "url", "autocapitalize": "off"}),
    )
