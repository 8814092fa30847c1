"""Files as programs and people make them come in right. Each case is a kind of file that was read wrongly before."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import phone_of
from wabolt.imports.models import Import
from wabolt.lib import clock

pytestmark = pytest.mark.django_db

ANI, BUDI = "+6281211110001", "+6281311110002"
VCARDS = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ani\r\nTEL;TYPE=CELL:0812-1111-0001\r\nEND:VCARD\r\n"
VCARDS += "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Budi\r\nTEL:081311110002\r\nEND:VCARD\r\n"
LEAD_ADS = (
    "id\tcreated_time\tplatform\tfull_name\tphone_number\n"
    "l:1\t2026-01-02T03:00:00+07:00\tig\tAni\tp:+6281211110001\n"
    "l:2\t2026-01-02T03:00:00+07:00\tfb\tBudi\tp:+6281311110002\n"
)


@each(
    "data",
    [
        VCARDS.encode("utf-16"),  # vCard in UTF-16
        b"\xef\xbb\xbf" + VCARDS.encode(),  # vCard with a byte order mark
        VCARDS.replace("\r\n", "\r").encode(),  # vCard with line ends of old Macs
        VCARDS.replace("END:VCARD\r\n", "").encode(),  # vCard without ends
        VCARDS.replace(
            "FN:Ani", "AGENT:\r\nBEGIN:VCARD\r\nFN:X\r\nTEL:0899\r\nEND:VCARD\r\nFN:Ani"
        ).encode(),  # vCard with an agent
        "No HP;Nama\nAni;081211110001\nBudi;081311110002\n",  # names of two columns exchanged
        "Name,CountryCode,Phone,AllowBroadcast\nAni,62,81211110001,TRUE\nBudi,+62,081311110002,TRUE\n",  # WATI
        "姓名,电话\nAni,0812-1111-0001\nBudi,081311110002\n",  # Chinese names of columns
        "Nama;HP\nAni;٠٨١٢١١١١٠٠٠١\nBudi;۰۸۱۳۱۱۱۱۰۰۰۲\n",  # Arabic digits
        "Nama;HP\nAni;081211110001.00\nBudi;81311110002,0\n",  # decimals of a spreadsheet
        "Nama;HP\nAni;Indonesia +62 (0)812-1111-0001\nBudi;🇮🇩 0813 1111 0002\n",  # country names
        LEAD_ADS,
        "Nama\tHP\r\nAni\t081211110001\r\nBudi\t081311110002\r\n".encode("utf-16-le"),  # UTF-16
        b'\xef\xbb\xbfsep=;\r\n"Nama";"HP"\r\n"Ani";"\'081211110001"\r\n"Budi";"081311110002"\r\n',
    ],
    undone=True,
)
def test_two_people_come_in_right(upload: Callable[..., Import], data: str | bytes) -> None:
    with clock.hold(datetime(2026, 11, 27, tzinfo=UTC)):
        done = upload(make_workspace(), data, run=True)
    assert [(one.name, phone_of(one)) for one in Contact.objects.order_by("id")] == [("Ani", ANI), ("Budi", BUDI)]
    assert (done.rejected, done.warnings) == (0, {})


@each(
    ("country", "written", "phone"),
    [
        ("91", "8123456789", "+918123456789"),  # without the column it would be an Indonesian number
        ("+65", "81234567", "+6581234567"),
        ("60", "0123456789", "+60123456789"),
        ("62", "+62 812-1111-0001", ANI),
        ("62", "6281211110001", ANI),
        ("65", "+62 812-1111-0001", ANI),
        ("", "081211110001", ANI),
    ],
    undone=True,
)
def test_the_country_code_of_another_column_counts(
    upload: Callable[..., Import], country: str, written: str, phone: str
) -> None:
    done = upload(make_workspace(), f"Nama;Kode Negara;HP\nAni;{country};{written}\nBudi;62;081311110002\n", run=True)
    assert phone_of(Contact.objects.get(name="Ani")) == phone
    assert done.mapping["1"] == "dial_code"


@each("written", ["India 8123456789", "8123456789 (India)", "Singapura 81234567"], undone=True)
def test_a_number_next_to_a_foreign_country_is_no_indonesian_one(upload: Callable[..., Import], written: str) -> None:
    done = upload(make_workspace(), f"Nama;HP\nAni;{written}\nIndia;India 081311110002\n", run=True)
    assert [row.code for row in done.rejections.all()] == ["phone_foreign_unclear"]
    assert phone_of(Contact.objects.get()) == BUDI


def test_the_number_of_an_identity_card_is_kept(upload: Callable[..., Import]) -> None:
    done = upload(make_workspace(), "Nama;HP;NIK;Poin\nAni;081211110001;3273010101900001;0\n", run=True)
    assert (Contact.objects.get().fields, done.warnings) == ({"nik": "3273010101900001", "poin": 0}, {})


def test_a_member_card_is_a_customer_code(upload: Callable[..., Import]) -> None:
    upload(make_workspace(), "No Kartu;Nama;HP\nM-001;Ani;081211110001\nM-002;Budi;081311110002\n", run=True)
    assert Contact.objects.get(name="Ani").identities.get(kind="code").value == "M-001"
