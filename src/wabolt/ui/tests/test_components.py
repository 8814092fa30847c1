from datetime import UTC, datetime
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from wabolt.ui.bubbles import Attachment

EVIL = "<img src=x onerror=alert(1)>\"'&"
SAFE = "&lt;img src=x onerror=alert(1)&gt;"


def render(source: str, **values: Any) -> str:
    request = RequestFactory().get("/kontak/?q=ayu&page=2")
    return Template("{% load ui %}" + source).render(Context({"request": request, **values}))


@pytest.mark.parametrize(
    "source",
    [
        "{% icon evil label=evil %}",
        "{% badge evil %}",
        "{% badge label=evil tone=evil %}",
        "{% tag evil remove_url=evil %}",
        "{% avatar evil %}",
        "{% button evil name=evil hx_get=evil %}",
        "{% link_button evil href=evil icon=evil %}",
        "{% copy_button value=evil label=evil %}",
        "{% progress value=1 max=2 label=evil text=evil %}",
        "{% page_header title=evil question=evil back=evil %}{{ evil }}{% endpage_header %}",
        "{% card title=evil hint=evil id=evil %}{{ evil }}{% endcard %}",
        "{% empty_state title=evil text=evil icon=evil %}{{ evil }}{% endempty_state %}",
        "{% alert title=evil %}{{ evil }}{% endalert %}",
        "{% stat label=evil value=evil hint=evil trend=evil href=evil %}",
        "{% tabs tabs current=evil label=evil %}",
        "{% wizard_steps steps current=1 label=evil %}",
        "{% menu label=evil text=evil %}{{ evil }}{% endmenu %}",
        "{% confirm_dialog id=evil title=evil action=evil button=evil %}{{ evil }}{% endconfirm_dialog %}",
        "{% filter_chip evil remove_url=evil %}",
        "{% choice_chip evil url=evil count=3 %}",
        "{% bulk_check evil label=evil name=evil %}",
        "{% bulk_check_all label=evil %}",
        "{% bulk_bar one=evil many=evil %}{{ evil }}{% endbulk_bar %}",
        "{% timeline_item title=evil icon=evil time=now %}{{ evil }}{% endtimeline_item %}",
        "{% bubble evil time=evil state='read' sender=evil %}",
        "{% bubble evil media=evil_file %}",
        "{% bubble evil media=evil_picture %}",
        "{% phone_frame title=evil subtitle=evil %}{{ evil }}{% endphone_frame %}",
        "{% bars rows label=evil %}",
        "{% funnel rows label=evil %}",
        "{% chart id='c' data=data sentence=evil %}",
        "{% keyset_pagination previous=evil next=evil text=evil target=evil %}",
        "{{ evil|phone }}",
    ],
)
def test_component_escapes_every_text(source: str) -> None:
    html = render(
        source,
        evil=EVIL,
        evil_file=Attachment("document", EVIL, EVIL),
        evil_picture=Attachment("video", EVIL, EVIL),
        now=datetime(2026, 1, 1, tzinfo=UTC),
        tabs=[(EVIL, EVIL, EVIL)],
        steps=[EVIL],
        rows=[(EVIL, 3, EVIL, EVIL)],
        data={"x": [EVIL], "series": [{"name": EVIL, "values": [1]}]},
    )
    assert "<img" not in html
    assert "\"'&" not in html


def test_block_content_written_in_the_template_stays_markup() -> None:
    html = render("{% page_header title='T' %} <b>aksi</b> {% endpage_header %}")
    assert '<div class="wb-page-actions"><b>aksi</b></div>' in html


def test_page_header_without_actions_has_no_empty_box() -> None:
    assert "wb-page-actions" not in render("{% page_header title='T' %}  {% endpage_header %}")


def test_badge_says_the_state_in_words() -> None:
    with translation.override("id"):
        html = render("{% badge 'delivered' %}")
    assert "Tersampaikan" in html
    assert "wb-tone-primary" in html


def test_button_turns_extra_arguments_into_attributes() -> None:
    html = render("{% button 'Kirim' kind='primary' hx_post='/x' disabled=True hidden=False %}")
    assert ' hx-post="/x" disabled>' in html
    assert "hidden" not in html


def test_icon_button_keeps_its_words_for_screen_readers() -> None:
    assert 'aria-label="Ubah"' in render("{% button 'Ubah' icon='edit' icon_only=True %}")


@pytest.mark.parametrize("source", ["{% bars rows label='x' %}", "{% funnel rows label='x' %}"])
def test_drawn_widths_are_plain_numbers_in_every_language(source: str) -> None:
    with translation.override("id"):
        html = render(source, rows=[("a", 5000), ("b", 1), ("c", 0)])
    assert 'width="1000"' in html
    assert 'class="wb-bar-value" width="8"' in html
    assert 'class="wb-bar-value" width="0"' in html
    assert "5.000" in html


def test_funnel_of_nothing_draws_nothing_and_divides_by_nothing() -> None:
    assert "–" in render("{% funnel rows label='x' %}", rows=[("Terkirim", 0), ("Dibaca", 0)])
    assert render("{% funnel rows label='x' %}", rows=[])


def test_pagination_keeps_the_other_parameters() -> None:
    html = render("{% pagination page %}", page=Paginator(range(100), 10).page(2))
    assert 'href="?q=ayu&amp;page=3"' in html
    assert 'aria-current="page">2<' in html


def test_pagination_of_a_single_page_is_empty() -> None:
    assert render("{% pagination page %}", page=Paginator(range(3), 10).page(1)).strip() == ""


def test_large_key_survives_as_a_checkbox_value() -> None:
    with translation.override("id"):
        assert 'value="1234567"' in render("{% bulk_check pk label='x' %}", pk=1234567)


@pytest.mark.parametrize(
    ("state", "icon"), [("queued", "#clock"), ("sent", "#check"), ("delivered", "#checks"), ("failed", "#alert-circle")]
)
def test_bubble_shows_the_ticks_of_its_state(state: str, icon: str) -> None:
    assert f'{icon}"' in render("{% bubble 'Halo' state=state %}", state=state)


def test_bubble_shows_the_picture_above_its_caption() -> None:
    html = render("{% bubble 'Diskon' media=media %}", media=Attachment("image", "/media/1/", width=2048, height=1000))
    assert '<img src="/media/1/"' in html
    assert 'width="2048"' in html
    assert html.index("<img") < html.index("Diskon")


def test_bubble_shows_what_a_document_is_called_and_how_large_it_is() -> None:
    html = render("{% bubble '' media=media %}", media=Attachment("document", "/media/1/", "Katalog.pdf", 1_300_000))
    assert "Katalog.pdf" in html
    assert "PDF · 1,3 MB" in html
    assert "wb-bubble-text" not in html


def test_incoming_bubble_has_no_ticks() -> None:
    assert "wb-icon" not in render("{% bubble 'Halo' state='read' direction='in' %}")


def test_chart_puts_the_sentence_before_the_picture() -> None:
    html = render("{% chart id='c' data=data sentence='Naik' %}", data={"x": [], "series": []})
    assert html.index("Naik") < html.index("data-chart")
    assert '<script id="c" type="application/json">' in html


class Sample(forms.Form):
    name = forms.CharField(label="Nama", help_text="<b>tolong</b>")
    city = forms.ChoiceField(choices=[("a", "A")], required=False)
    pace = forms.ChoiceField(choices=[("s", "Santai"), ("c", "Cepat")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="Setuju")
    secret = forms.CharField(widget=forms.HiddenInput, initial="x")

    def clean(self) -> None:
        self.add_error(None, EVIL)


def test_form_ties_help_and_error_to_the_control() -> None:
    html = str(Sample({"secret": "x"}))
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert "form-control is-invalid" in html


def test_form_dresses_each_kind_of_control() -> None:
    html = str(Sample())
    assert html.count("form-check-input") == 3
    assert "form-select" in html
    assert '<input type="hidden" name="secret" value="x" id="id_secret"' in html
    assert html.count('name="secret"') == 1


def test_form_says_in_our_words_which_file_was_chosen() -> None:
    class Own(forms.Form):
        file = forms.FileField(label="Daftar pelanggan", widget=forms.FileInput)

    html = str(Own())
    assert html.count('type="file"') == 1
    assert '<label class="form-label" for="id_file">Daftar pelanggan</label>' in html
    face = html[html.index("wb-file-face") :]
    assert 'aria-hidden="true"' in face
    assert "Pilih file" in face
    assert "Belum ada file" in face


def test_form_escapes_help_and_errors() -> None:
    html = str(Sample({"secret": "x"}))
    assert "<b>tolong" not in html
    assert SAFE in html


def test_form_keeps_a_class_of_its_own() -> None:
    class Own(forms.Form):
        note = forms.CharField(widget=forms.TextInput(attrs={"class": "wb-num"}))

    assert 'class="wb-num form-control"' in str(Own())


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:8000/join/x/", "opens only on this computer"),
        ("http://localhost:8000/join/x/", "opens only on this computer"),
        ("http://192.168.1.20:8000/join/x/", "opens only in the shop"),
        ("https://wa.toko.example.com/join/x/", ""),
    ],
)
def test_a_link_that_does_not_open_everywhere_carries_a_warning(url: str, words: str) -> None:
    with translation.override("en"):
        drawn = Template("{% load ui %}{% link_warning url %}").render(Context({"url": url}))
    assert words in drawn
    assert bool(drawn) == bool(words)
