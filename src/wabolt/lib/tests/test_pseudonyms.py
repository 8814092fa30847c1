"""Pseudonyms of erased people's addresses."""

import hashlib

from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import Settings
from tests.cases import each

from wabolt.lib.pseudonyms import pseudonym, pseudonym_of_digest, pseudonym_sql

NUMBER = "+6281234567890"


class TheSameInTheDatabase(TestCase):
    @settings(max_examples=50)
    @given(
        st.integers(1, 2**62),
        st.sampled_from(["phone", "lid", "code"]),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
    )
    def test_sql_and_python_agree(self, workspace: int, kind: str, value: str) -> None:
        with connection.cursor() as cursor:
            expression = pseudonym_sql(workspace, "g.kind", "g.value")
            cursor.execute(f"SELECT {expression} FROM (SELECT %s::text, %s::text) AS g (kind, value)", [kind, value])
            assert cursor.fetchone() == (pseudonym(workspace, kind, value),)


def test_a_pseudonym_depends_on_the_key_the_workspace_and_the_kind(settings: Settings) -> None:
    found = {pseudonym(1, "phone", NUMBER), pseudonym(2, "phone", NUMBER), pseudonym(1, "code", NUMBER)}
    settings.ERASURE_KEY = "the key of another installation"
    assert len(found | {pseudonym(1, "phone", NUMBER)}) == 4


def test_digests_of_earlier_versions_become_the_same_pseudonyms() -> None:
    before = hashlib.sha256(f"wabolt:7:phone:{NUMBER}".encode()).hexdigest()
    assert pseudonym_of_digest(7, before) == pseudonym(7, "phone", NUMBER)


@each("value", ["\ud800", ""])
def test_a_pseudonym_has_64_characters_for_any_value(value: str) -> None:
    assert len(pseudonym(1, "code", value)) == 64
