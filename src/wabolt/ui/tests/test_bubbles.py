from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wabolt.ui.bubbles import whatsapp_html

HOSTILE = (
    "<script>alert(1)</script>",
    "*<img src=x onerror=alert(1)>*",
    "```</code><script>alert(1)</script>```",
    'https://x.id/"onmouseover="alert(1)',
    "https://x.id/'><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "_*~nested~*_ *cross _ing* it_",
    "\ue0000\ue001 ```a``` \ue0000\ue001",
    "\ue000999\ue001",
    "&lt;b&gt; &amp; *&*",
    "https://x.id/*bold*_it_",
    "*" * 4000,
    "*a " * 1500,
    "_" * 3 + "`" * 7,
)


class Inventory(HTMLParser):
    """Parses the output as a browser does."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def inventory(text: str) -> Inventory:
    parsed = Inventory()
    parsed.feed(whatsapp_html(text))
    parsed.close()
    return parsed


def assert_harmless(text: str) -> None:
    parsed = inventory(text)
    assert not parsed.open
    for tag, attrs in parsed.tags:
        assert tag in {"strong", "em", "s", "code", "a"}
        if tag == "a":
            assert set(attrs) == {"href", "rel", "target"}
            assert str(attrs["href"]).lower().startswith(("http://", "https://"))
        else:
            assert attrs == {}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    assert_harmless(text)


@given(st.text(alphabet=st.sampled_from("*_~`<>&\"' \nab1:/.https\ue000\ue001"), max_size=60))
@example("https://a*b*")
def test_any_text_becomes_only_known_tags(text: str) -> None:
    assert_harmless(text)


@given(st.text(alphabet=st.characters(exclude_characters="*_~`\ue000\ue001\r\x00", exclude_categories=["Cs"])))
def test_text_without_marks_is_kept_to_the_letter(text: str) -> None:
    assert inventory(text).text == text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Halo *Kak*!", "Halo <strong>Kak</strong>!"),
        ("_a_ ~b~ *c*", "<em>a</em> <s>b</s> <strong>c</strong>"),
        ("*_dua_*", "<strong><em>dua</em></strong>"),
        ("```*mono*```", "<code>*mono*</code>"),
        ("2*3*4", "2*3*4"),
        ("nama_file_baru", "nama_file_baru"),
        ("* bukan tebal *", "* bukan tebal *"),
        ("*baris\nbaru*", "*baris\nbaru*"),
        ("*a _b* c_", "*a _b* c_"),
        ("**", "**"),
    ],
)
def test_marks_format_as_whatsapp_does(text: str, html: str) -> None:
    assert whatsapp_html(text) == html


def test_link_leaves_the_full_stop_outside() -> None:
    html = whatsapp_html("Lihat https://x.id/a_b_c?d=1&e=2.")
    assert '<a href="https://x.id/a_b_c?d=1&amp;e=2"' in html
    assert html.endswith("</a>.")
    assert unescape(html.split(">")[1].split("<")[0]) == "https://x.id/a_b_c?d=1&e=2"
