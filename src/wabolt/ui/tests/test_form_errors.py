"""A refused form shows a summary of its errors at its top, however its fields are placed."""

import re
from pathlib import Path

from django import forms
from django.template import Context, Template

ROOMS = Path(__file__).parents[2]


class Order(forms.Form):
    name = forms.CharField(label="Nama")
    way = forms.ChoiceField(label="Cara", choices=[("a", "Ambil"), ("k", "Kirim")], widget=forms.RadioSelect)
    key = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> None:
        raise forms.ValidationError("Stok <b>habis</b>.")


def _drawn(source: str, form: forms.Form) -> str:
    return Template("{% load ui %}" + source).render(Context({"form": form}))


def test_summary_names_every_error_and_leads_to_its_field() -> None:
    html = _drawn("{{ form }}", Order({}))
    summary = html[: html.index("</ul>")]
    assert "data-form-errors" in summary
    assert summary.index("Stok &lt;b&gt;habis&lt;/b&gt;.") < summary.index('<a href="#id_name">Nama</a>')
    assert summary.index('href="#id_name"') < summary.index('<a href="#id_way">Cara</a>')
    assert summary.count("<li>") == 4  # the hidden field has an error too, and cannot be linked to
    for anchor in re.findall(r'href="#(\w+)"', summary):
        assert f'id="{anchor}"' in html[len(summary) :]


def test_form_without_errors_has_no_summary() -> None:
    assert "wb-form-errors" not in _drawn("{{ form }}", Order())
    assert "wb-form-errors" not in _drawn("{% form_errors form %}", Order())


def test_field_that_may_be_refused_as_empty_is_not_called_optional() -> None:
    class Storage(forms.Form):
        conditional = ("bucket",)
        bucket = forms.CharField(required=False)
        folder = forms.CharField(required=False)

    html = _drawn("{{ form }}", Storage())
    bucket, folder = html.split('for="id_folder"')
    assert "wb-optional" not in bucket
    assert "wb-optional" in folder


def test_optional_select_is_marked_unless_its_words_say_so() -> None:
    class Form(forms.Form):
        gender = forms.ChoiceField(choices=[("", "–"), ("f", "Perempuan")], required=False)
        language = forms.ChoiceField(choices=[("", "Seperti toko"), ("en", "English")], required=False)
        size = forms.ChoiceField(choices=[("", "–"), ("s", "S")])

    gender, language, size = (Form()[name].as_field_group() for name in ("gender", "language", "size"))
    assert "wb-optional" in gender
    assert "wb-optional" not in language + size


def test_summary_of_a_page_without_a_form() -> None:
    html = Template("{% load ui %}{% error_summary text label='Nomor' anchor='column-1' %}").render(
        Context({"text": "<b>Salah</b>"})
    )
    assert "data-form-errors" in html
    assert '<a href="#column-1">Nomor</a>: &lt;b&gt;Salah' in html


INCLUDED = {"contacts/parts/import_permission.html", "media/attachment.html"}
"""Parts of a form. The page that includes them shows the summary."""
PUBLIC = "optin/public/"
"""Pages of visitors: without the styles of members' pages. They have a shorter summary (`wi-alert`)."""


def test_every_template_that_places_fields_has_the_summary() -> None:
    """`{{ form }}` contains the summary; other templates include it."""
    placed = re.compile(r"\b(\w+)\.\w+\.as_field_group")
    for path in ROOMS.rglob("templates/**/*.html"):
        name, source = path.as_posix().partition("templates/")[2], path.read_text("utf-8")
        if name.startswith("ui/forms") or name in INCLUDED:
            continue
        if name.startswith(PUBLIC):
            assert not placed.search(source) or "{% elif form.errors %}" in source, path
            continue
        for form in set(placed.findall(source)) - {"field"}:
            assert f"{{% form_errors {form} %}}" in source, path
        assert "non_field_errors" not in source, path
