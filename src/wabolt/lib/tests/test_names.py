"""Names: the owner's words with the typing put right, and what a message calls people by."""

from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.lib.names import MAX_NAME, PersonName, first_name, parse_name, tidy_name


@each(
    ("written", "tidy"),
    [
        ("FAJAR SIREGAR", "Fajar Siregar"),
        ("zahra saputra", "Zahra Saputra"),
        ("  Ucok   Hidayat ", "Ucok Hidayat"),
        ("Siti Siregar 🌸", "Siti Siregar"),
        ("❤️ Rini ❤️", "Rini"),
        ("*DEWI*", "Dewi"),
        ("Dewi\u200b\nSari", "Dewi Sari"),
        ("𝓡𝓲𝓷𝓲 𝓢𝓪𝓻𝓲", "Rini Sari"),
        ("ＦＡＪＡＲ", "Fajar"),
        ("NUR'AINI", "Nur'aini"),
        ("d'angelo o'neil", "D'Angelo O'Neil"),
        ("AL-FARISI", "Al-Farisi"),
        ("AHMAD BIN YUSUF", "Ahmad bin Yusuf"),
        ("H. M. YUSUF, S.E.", "H. M. Yusuf, S.E."),
        ("BUDI SANTOSO, S.KOM, MM", "Budi Santoso, S.Kom., M.M."),
        ("A.R. SALEH", "A.R. Saleh"),
        ("CV. ABADI JAYA", "CV. Abadi Jaya"),
        ("Rini (reseller)", "Rini (reseller)"),
        ("McDonald", "McDonald"),
        ("dr. Ratna Sari", "dr. Ratna Sari"),
        ("李小龙", "李小龙"),
        ("🌸", ""),
        ("-", ""),
        ("Tanpa Nama", ""),
        ("no name", ""),
        ("", ""),
        (None, ""),
        (12, ""),
    ],
)
def test_a_name_keeps_its_words_and_loses_its_typing(written: object, tidy: str) -> None:
    assert tidy_name(written) == tidy


@each(
    ("written", "salutation", "first"),
    [
        ("Ibu ANISA KUSUMA 🌸", "Ibu", "Anisa"),
        ("Bpk Joko Hutagalung", "Bpk", "Joko"),
        ("Drs. H. Bambang", "Drs. H.", "Bambang"),
        ("dr. Ratna Sari, M.Kes.", "dr.", "Ratna"),
        ("Hj. Siti", "Hj.", "Siti"),
        ("Kak Rini", "Kak", "Rini"),
        ("Kak", "Kak", ""),
        ("I Made Wirawan", "", "Made"),
        ("NI LUH AYU", "", "Luh"),
        ("M. Yusuf", "", "Yusuf"),
        ("Moh. Rizky", "", "Rizky"),
        ("mama rafa", "", "Mama Rafa"),
        ("Bunda", "", ""),
        ("Umum", "", ""),
        ("Pelanggan Umum", "", ""),
        ("Walk-in customer", "", ""),
        ("Guest", "", ""),
        ("Pelanggan Setia", "", "Pelanggan"),
        ("Toko Maju Jaya", "", "Toko Maju Jaya"),
        ("081298948786", "", ""),
        ("A", "", ""),
        ("", "", ""),
    ],
)
def test_a_message_calls_people_by_their_first_name(written: str, salutation: str, first: str) -> None:
    name = parse_name(written)
    assert (name.salutation, name.first) == (salutation, first)
    assert first_name(written) == first


def test_the_salutation_stays_in_the_name() -> None:
    assert parse_name("IBU ANISA KUSUMA") == PersonName("Ibu Anisa Kusuma", "Ibu", "Anisa")
    assert parse_name("Ibu Anisa Kusuma").full == "Ibu Anisa Kusuma"


name_like = st.text(st.sampled_from("ABCabc .,'-()@🌸❤️\u200bİßÇǆni1ⅣΣς"), max_size=30)


@given(st.one_of(name_like, st.text(), st.none(), st.integers(), st.binary()))
def test_no_text_raises_and_tidying_twice_changes_nothing(written: object) -> None:
    name = parse_name(written)
    assert tidy_name(name.full) == name.full
    assert len(name.full) <= MAX_NAME
    assert name.full == " ".join(name.full.split())
    assert name.first == name.first.strip()


@given(
    st.from_regex(r"\A[A-Z][a-z]{1,12}( ([A-Z][a-z]{1,12}|[0-9]{1,9})){0,3}\Z")
    | st.sampled_from(["Mama Rafa", "Toko Jaya", "Ibu Ani", "Mama 2", "Ani 08", "Nihil", "Tidak Ada", "Null 0"])
)
def test_the_short_cut_for_tidy_names_says_what_the_long_way_says(name: str) -> None:
    assert first_name(name) == parse_name(name).first


_WORDS = "ani SANTOSO Budi ibu Bapak PT cv van DER ii III dr Mama Nihil null x Toko i Ni AL o"
_SOME_WORDS = st.one_of(
    st.sampled_from(_WORDS.split()),
    st.text("abcXYZ", min_size=1, max_size=5),
)


@given(st.lists(_SOME_WORDS, min_size=1, max_size=4).map(" ".join))
def test_the_short_cut_for_plain_names_says_what_the_long_way_says(name: str) -> None:
    assert tidy_name(name) == parse_name(name).full
