import pytest
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace
from wabolt.imports.models import Import
from wabolt.imports.services import empty_rejections

pytestmark = pytest.mark.django_db


@each(
    ("words", "filename"),
    [
        ("ayu_lestari@x.id", "ayu_lestari@x.id.csv"),
        ("ayu+toko@x.id", "kontak ayu+toko@x.id.csv"),
        ("Nur-Aini Putri", "Nur-Aini Putri.csv"),
        ("Nur-Aini Putri", "NUR_AINI_PUTRI.vcf"),
        ("Ayu Lestari", "Ayu_Lestari.vcf"),
    ],
    undone=True,
)
def test_file_named_like_the_person_loses_its_name(words: str, filename: str) -> None:
    workspace = make_workspace()
    for name in (filename, "Nur-Baiti Ayu.csv"):
        Import.objects.create(
            workspace=workspace, kind="contacts", filename=name, size=1, sha256="0" * 64, state=Import.State.DONE
        )
    empty_rejections(workspace=workspace, words=[words], digits=[])
    assert list(Import.objects.order_by("pk").values_list("filename", flat=True)) == ["?", "Nur-Baiti Ayu.csv"]
