"""Gender, yes and no: what is not understood is unknown, and unknown is never yes."""

from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.lib.choices import parse_gender, parse_permission, parse_yes_no


@each(
    "written",
    ["P", "p", "Perempuan", "wanita", "WANITA", "cewek", "F", "female", "Ibu", " Pr. ", "Wanita (P)", "Putri"],
)
def test_women(written: str) -> None:
    assert parse_gender(written) == "female"


@each("written", ["L", "l", "Laki-laki", "laki laki", "LAKI2", "pria", "cowok", "M", "male", "Bapak", "Lk.", "Pria/L"])
def test_men(written: str) -> None:
    assert parse_gender(written) == "male"


@each("written", ["", "-", "L/P", "?", "lainnya", "1", None, 1, "x" * 1000])
def test_an_unknown_gender_is_unknown(written: object) -> None:
    assert parse_gender(written) == "unknown"


@each(
    "written",
    [
        "Ya",
        "ya",
        "Y",
        "TRUE",
        "1",
        "1.0",
        "setuju",
        "Ya, setuju",
        "iya",
        "Yes",
        "ok",
        "opt-in",
        "Saya setuju dan bersedia",
        "Saya bersedia menerima pesan WhatsApp",
        "Ya, saya bersedia dihubungi melalui WhatsApp untuk promo dan informasi produk",
        "Saya mengizinkan toko mengirim info promo",
        "I agree to receive messages",
        "✓",
        "✅ ya",
        True,
        1,
        1.0,
    ],
)
def test_parse_yes_no_accepts_a_yes(written: object) -> None:
    assert parse_yes_no(written) == "yes"


@each(
    "written",
    ["setuju tgl 3/4/25", "Ya 3/4/2025", "Ya (via kasir)", "sudah, 12 Mei", "setuju per 17-Agu-25", "OK 1.2.2025"],
)
def test_a_yes_may_tell_where_and_when(written: str) -> None:
    assert parse_yes_no(written) == "yes"


@each(
    "written",
    ["N", "Tidak", "tidak", "FALSE", "0", "0,0", "belum", "No", "tidak setuju", "gak mau", "STOP", "❌", "opt out",
     "ya tapi jangan sering", "Setuju? tidak", "unsubscribe", False, 0, 0.0],
)  # fmt: skip
def test_a_no(written: object) -> None:
    assert parse_yes_no(written) == "no"


@each(
    "written",
    [
        "",
        " ",
        "-",
        "?",
        "ya?",
        "mungkin",
        "nanti",
        "2",
        "x",
        "31/10/2026",
        "tgl 3/4/25",
        "12 Mei",
        "nanti 3/4/25",
        "Ani",
        "Ya ❌",
        "✓✗",
        "ya/tidak?",
        "T",  # true, or "tidak" in a column of Y and T
        "t",
        None,
        2,
    ],
)
def test_everything_else_is_no_yes(written: object) -> None:
    assert parse_yes_no(written) != "yes"


@each(
    "written",
    [
        "N",
        "Tidak",
        "tidak setuju",
        "gak mau",
        "STOP",
        "Maaf, tidak",
        "FALSE",
        "0",
        "0,0",
        "❌",
        "opt out",
        "jangan",
        False,
    ],
)
def test_a_clear_no_ends_a_permission(written: object) -> None:
    assert parse_permission(written) == "no"


@each(
    "written",
    ["belum", "Belum pernah ditanya", "tidak keberatan", "Tidak masalah", "gak apa-apa", "ya tapi jangan sering",
     "Boleh, jangan malam", "kecuali hari Minggu", "mungkin", "", None],
)  # fmt: skip
def test_what_says_more_than_no_ends_none(written: object) -> None:
    assert parse_permission(written) == "unknown"


@given(st.one_of(st.text(), st.binary(), st.integers(), st.floats(), st.none()))
def test_a_permission_says_no_more_than_the_answer(written: object) -> None:
    assert parse_permission(written) in {parse_yes_no(written), "unknown"}


@given(st.one_of(st.text(), st.binary(), st.integers(), st.floats(), st.none()))
def test_no_text_raises(written: object) -> None:
    assert parse_gender(written) in {"female", "male", "unknown"}
    assert parse_yes_no(written) in {"yes", "no", "unknown"}


@given(st.text(), st.sampled_from(["tidak", "jangan", "belum", "stop", "gak"]), st.text())
def test_an_answer_with_a_no_in_it_is_never_a_yes(before: str, word: str, after: str) -> None:
    assert parse_yes_no(f"{before} {word} {after}") != "yes"
