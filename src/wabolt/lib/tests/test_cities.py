"""Cities: one spelling, and typos put right only where one city can be meant."""

from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.lib.cities import City, _read, _table, is_known_city, parse_city, tidy_city


@each(
    ("city", "spellings"),
    [
        ("Jakarta", "jkt|JAKARTA|Jakarta |DKI Jakarta|d.k.i. jakarta|Kota Jakarta|Jakrata|Jakata"),
        ("Jakarta Selatan", "jaksel|JAKARTA SELATAN|Kota Adm. Jakarta Selatan|Jakarta Selatan, DKI Jakarta"),
        (
            "Bandung",
            "bdg|BANDUNG|Kota Bandung|Bandung, Jawa Barat|Bandung (Jabar)|Bandung - Jabar|Kec. Coblong, Kota Bandung",
        ),
        ("Kabupaten Bandung", "Kab. Bandung|KAB BANDUNG|Bandung Kab.|kabupaten bandung"),
        ("Surabaya", "SBY|surabaya|Surabya|Kota Surabaya|surabaya kota"),
        ("Surakarta", "Solo|solo|SURAKARTA|Solo Kota"),
        ("Yogyakarta", "Jogja|Yogya|DIY|D.I. Yogyakarta|yogyakarta|Jogjakarta"),
        ("Semarang", "SMG|semarang"),
        ("Makassar", "Ujung Pandang|makasar|Makassar"),
        ("Denpasar", "Bali|denpasar"),
        ("Sleman", "Sleman, DIY|Kab. Sleman|SLEMAN"),
        ("Tangerang Selatan", "tangsel|Tangerang Selatan|BSD"),
        ("Baubau", "Bau-Bau|baubau"),
        ("Kotamobagu", "Kota Mobagu|kotamobagu"),
        ("Jawa Barat", "jabar|JAWA BARAT"),
        ("Lembang", "lembang"),
    ],
)
def test_one_spelling_for_every_city(city: str, spellings: str) -> None:
    for written in spellings.split("|"):
        assert parse_city(written) == City(city, True), written


@each(
    ("written", "tidy"),
    [
        ("KUALA LUMPUR", "Kuala Lumpur"),
        ("desa suka maju.", "Desa Suka Maju"),
        ("New York", "New York"),
        ("40132", "40132"),
    ],
)
def test_an_unknown_place_keeps_its_words(written: str, tidy: str) -> None:
    assert parse_city(written) == City(tidy, False)


@each("written", ["", "-", "tidak ada", None, 3])
def test_no_city_is_no_city(written: object) -> None:
    assert parse_city(written) == City("", False)


def test_a_typo_that_fits_two_cities_is_left_alone() -> None:
    assert not is_known_city("Tapanuli Tamur")
    assert parse_city("Bintang").name == "Bintang"
    assert not is_known_city("Palo")


def test_the_table_is_whole() -> None:
    kinds = [kind for kind, _, _ in _read()]
    assert kinds.count("kab") == 416
    assert kinds.count("kota") == 98 + 1  # and "Jakarta", which is none of its five
    assert kinds.count("province") == 38
    names = [entry.name for entry in _table().values()]
    assert len(set(names)) > 416 + 98


def test_every_name_in_the_table_is_its_own_spelling() -> None:
    for entry in set(_table().values()):
        assert tidy_city(entry.name) == entry.name
        assert tidy_city(entry.name.upper()) == entry.name


@given(st.one_of(st.text(), st.text("kabotjrn ,./-", max_size=20), st.none(), st.integers()))
def test_no_text_raises_and_tidying_twice_changes_nothing(written: object) -> None:
    once = tidy_city(written)
    assert tidy_city(once) == once
