from pathlib import Path

from django.utils import translation
from tests.cases import each

from wabolt.lib.segmentation import field_groups, fields
from wabolt.segments import phrases
from wabolt.segments.error_texts import _TEXTS, error_text
from wabolt.segments.rules import LanguageError, parse
from wabolt.segments.rules.catalogue import OPERATORS

from .strategies import CATALOGUE, IN_CENTS


@each(
    ("text", "indonesian", "english"),
    [
        (
            'city = "Bandung" and orders >= 2 and not tag "reseller"',
            "Kota adalah Bandung dan sudah belanja minimal 2 kali dan label bukan reseller",
            "City is Bandung and ordered at least 2 times and tag is not reseller",
        ),
        ("spent > 1500000", "Total belanja lebih dari Rp1.500.000", "Total spent more than Rp1,500,000"),
        (
            'never bought category "batik" and last order over 90 days ago',
            "Belum belanja kategori batik dan pesanan terakhir lebih dari 90 hari lalu",
            "Bought nothing from category batik and last order more than 90 days ago",
        ),
        ("birthday within 0 days", "Ulang tahun hari ini", "Birthday today"),
        ("birthday month = 5", "Bulan lahir tepat Mei", "Month of birth exactly May"),
        ("created on 2026-10-31", "Masuk daftar kontak tanggal 31 Okt 2026", "Added to contacts on 31 Oct 2026"),
        (
            'gender = "female" and (has phone or consent marketing none)',
            "Jenis kelamin adalah perempuan dan (nomor telepon ada atau izin promo belum pernah ditanya)",
            "Gender is female and (phone number is there or permission for promotions is: never asked)",
        ),
        (
            "not read any broadcast within 30 days",
            "Belum membaca satu pun broadcast dalam 30 hari terakhir",
            "Read no broadcast in the last 30 days",
        ),
        (
            'clicked broadcast "Batik" and orders = 0',
            "Sudah membuka tautan broadcast Batik dan belum pernah belanja",
            "Opened a link of the broadcast Batik and never ordered",
        ),
        ('field.size in ("S", "XL")', "Size salah satu dari S, XL", "Size is one of S, XL"),
        ("everyone", "Semua kontak", "Everyone"),
        ("not everyone", "Tidak seorang pun", "Nobody"),
    ],
)
def test_describe_speaks_both_languages(text: str, indonesian: str, english: str) -> None:
    tree = parse(text, CATALOGUE)
    with translation.override("id"):
        assert phrases.describe(tree, CATALOGUE, "IDR") == indonesian
    with translation.override("en"):
        assert phrases.describe(tree, CATALOGUE, "IDR") == english


def test_describe_says_money_in_its_currency() -> None:
    tree = parse("spent > 1500.50", IN_CENTS)
    with translation.override("id"):
        assert phrases.describe(tree, IN_CENTS, "SGD") == "Total belanja lebih dari S$1.500,50"
    with translation.override("en"):
        assert phrases.describe(parse("spent <= 20", IN_CENTS), IN_CENTS, "SGD") == "Total spent at most S$20.00"


def test_every_field_and_operator_has_words() -> None:
    for spec in CATALOGUE:
        assert phrases.label(spec)
        assert spec.group in [group.key for group in field_groups()]
        words = phrases.menu_words(spec)
        assert {op for op, _ in words} >= set(OPERATORS[spec.kind])
        assert len({text for _, text in words}) == len(words)


def test_every_reason_has_words_in_both_languages() -> None:
    params = dict.fromkeys(("found", "field", "options", "limit", "minimum", "maximum"), "x")
    for code in _TEXTS:
        error = LanguageError(code, 0, 0, params=params, suggestion="city")
        with translation.override("id"):
            indonesian = error_text(error)
        with translation.override("en"):
            english = error_text(error)
        assert indonesian != english
        assert "city" in indonesian


def test_every_field_and_operator_is_documented() -> None:
    text = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    for spec in fields():
        assert f"`{spec.key}`" in text or f"`{spec.key} " in text
        for op in OPERATORS[spec.kind]:
            assert op in text
