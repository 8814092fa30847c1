"""A message about an invalid number quotes it and shows a valid example."""

import re

import pytest

from wabolt.lib import phones
from wabolt.lib.phones import parse_phone
from wabolt.lib.refusal import Refusal
from wabolt.ui.phone_words import REFUSALS, phone_error


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("12", "Nomor “12” terlalu pendek. Contoh: 0812 3456 7890."),
        ("halo", "“halo” bukan nomor HP. Contoh: 0812 3456 7890."),
        ("0812xxxx7890", "Angka “0812xxxx7890” sebagian disembunyikan; isi nomor lengkapnya. Contoh: 0812 3456 7890."),
        ("{0}{text}", "“{0}{text}” bukan nomor HP. Contoh: 0812 3456 7890."),
    ],
)
def test_refused_number_is_quoted_with_an_example(typed: str, message: str) -> None:
    refusal = parse_phone(typed)
    assert isinstance(refusal, Refusal)
    assert phone_error(refusal) == message


def test_every_code_of_a_refusal_has_words() -> None:
    codes = set(re.findall(r"`([a-z_]+)`", (phones.__doc__ or "").partition("Codes of a refusal")[2]))
    assert codes == set(REFUSALS)
