"""The members' pages of the privacy desk."""

import pytest
from django.test import Client
from django.urls import reverse

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.contacts.tests.factories import make_contact
from wabolt.messaging.models import Message
from wabolt.privacy import services
from wabolt.privacy.models import Breach, DataRequest, PrivacySettings, RetentionRule
from wabolt.privacy.tests.conftest import Say
from wabolt.segments.models import Segment

pytestmark = pytest.mark.django_db


def page(client: Client, name: str, *args: object, **params: str) -> str:
    response = client.get(reverse(f"privacy:{name}", args=args), params)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_an_empty_desk_says_what_to_do() -> None:
    workspace = make_workspace()
    client = signed_in(workspace, "agent")
    assert "HAPUS DATA" in page(client, "list")
    assert "Belum ada yang selesai" in page(client, "list", show="closed")


def test_staff_write_a_request_down_and_it_is_answered(shop: Workspace) -> None:
    contact = make_contact(shop)
    agent, manager = signed_in(shop, "agent"), signed_in(shop, "manager")
    made = agent.post(
        reverse("privacy:request_new", args=[contact.pk]), {"kind": "correction", "details": "Nama <b>salah</b>"}
    )
    request = DataRequest.objects.get()
    assert made["Location"] == reverse("privacy:request", args=[request.pk])
    shown = page(agent, "request", request.pk)
    assert "&lt;b&gt;salah&lt;/b&gt;" in shown
    assert "Manajer atau pemilik yang menjawab" in shown
    assert agent.post(reverse("privacy:request_answer", args=[request.pk])).status_code == 403
    manager.post(reverse("privacy:request_note", args=[request.pk]), {"note": "Sudah ditelepon"})
    manager.post(reverse("privacy:request_assign", args=[request.pk]), {"owner": ""})
    manager.post(reverse("privacy:request_answer", args=[request.pk]), {"what": "Nama: Ayu"})
    request.refresh_from_db()
    assert request.state == "answered"
    shown = page(manager, "request", request.pk)
    assert "Sudah ditelepon" in shown
    assert "Dijawab" in shown
    assert {entry.action for entry in AuditEntry.objects.all()} >= {
        "privacy_request.open", "privacy_request.note", "privacy_request.answer"
    }  # fmt: skip
    assert str(contact) in page(manager, "list", show="closed")


def test_the_copy_is_looked_at_before_it_goes_out(say: Say, shop: Workspace) -> None:
    say("DATA SAYA")
    request = DataRequest.objects.get()
    manager = signed_in(shop, "manager")
    shown = page(manager, "request_access", request.pk)
    assert 'value="messaging_message"' in shown
    assert 'value="contacts_identity"' not in shown, "it always belongs to the copy"
    manager.post(reverse("privacy:request_access", args=[request.pk]), {"leave_out": ["messaging_message"]})
    request.refresh_from_db()
    assert request.state == "answered"


def test_an_erasure_is_confirmed_with_a_preview(say: Say, shop: Workspace) -> None:
    say("HAPUS DATA")
    request = DataRequest.objects.get()
    manager = signed_in(shop, "manager")
    shown = page(manager, "request_erase", request.pk)
    assert "HP toko masih menyimpan percakapannya" in shown
    assert "salin juga file kecil" in shown, "a restore on an empty machine needs the list of erased people"
    assert "Hapus data 1 orang" in shown
    manager.post(reverse("privacy:request_erase", args=[request.pk]))
    request.refresh_from_db()
    assert request.state == "erasing"
    assert "Sedang dihapus" in page(manager, "request", request.pk)


def test_refusing_needs_a_reason(say: Say, shop: Workspace) -> None:
    say("DATA SAYA")
    request = DataRequest.objects.get()
    manager = signed_in(shop, "manager")
    url = reverse("privacy:request_refuse", args=[request.pk])
    assert manager.post(url, {"reason": ""}).status_code == 422
    manager.post(url, {"reason": "Data orang lain"})
    request.refresh_from_db()
    assert request.state == "refused"
    manager.post(reverse("privacy:request_cancel", args=[request.pk]))
    request.refresh_from_db()
    assert request.state == "refused"


def test_the_contacts_page_shows_the_requests(say: Say, shop: Workspace) -> None:
    say("BATASI DATA")
    request = DataRequest.objects.get()
    manager = signed_in(shop, "manager")
    manager.post(reverse("privacy:request_answer", args=[request.pk]))
    shown = manager.get(reverse("contacts:detail", args=[request.contact_id])).content.decode()
    assert "Data tidak dipakai dulu" in shown
    assert reverse("privacy:request", args=[request.pk]) in shown
    manager.post(reverse("privacy:restriction_end", args=[request.pk]), {"reason": "Selesai"})
    shown = manager.get(reverse("contacts:detail", args=[request.contact_id]) + "?tab=data").content.decode()
    assert "Sejak 23 Nov 2026, karena diminta orangnya" not in shown


def test_settings_and_words_are_saved(shop: Workspace) -> None:
    manager = signed_in(shop, "manager")
    assert "who answers questions" not in manager.get(reverse("privacy:settings")).content.decode()
    manager.post(reverse("privacy:settings"), {"business_name": "CV Gaya", "contact_email": "x@contoh.example"})
    assert PrivacySettings.objects.get().business_name == "CV Gaya"
    assert manager.post(reverse("privacy:settings"), {"contact_email": "kosong"}).status_code == 422
    manager.post(reverse("privacy:words"), {"access": "CEK DATAKU\nLIHAT DATAKU"})
    assert PrivacySettings.objects.get().words == {"access": ["CEK DATAKU", "LIHAT DATAKU"]}
    refused = manager.post(reverse("privacy:words"), {"access": "JOIN"})
    assert refused.status_code == 422
    assert "kata gabung" in refused.content.decode()


def test_retention_is_counted_before_it_is_switched_on(shop: Workspace) -> None:
    owner = signed_in(shop)
    assert signed_in(shop, "manager").get(reverse("privacy:retention")).status_code == 403
    counted = owner.post(reverse("privacy:retention"), {"messages": "24"})
    assert counted.status_code == 200
    assert "0 catatan lebih lama dari 24 bulan" in counted.content.decode()
    assert not RetentionRule.objects.exists()
    owner.post(reverse("privacy:retention"), {"messages": "24", "confirmed": "1"})
    assert RetentionRule.objects.get().months == 24
    assert owner.post(reverse("privacy:retention"), {"messages": "1"}).status_code == 422
    owner.post(reverse("privacy:retention"), {"messages": "", "confirmed": "1"})
    assert not RetentionRule.objects.exists()


def test_a_breach_becomes_two_letters(shop: Workspace) -> None:
    owner = signed_in(shop)
    assert "Belum pernah terjadi" in page(owner, "breaches")
    first = {"title": "HP kasir hilang", "known_at": "2026-11-23T10:00", "cause": "Dicuri di angkot 😢"}
    made = owner.post(reverse("privacy:breach_new"), first)
    breach = Breach.objects.get()
    assert made["Location"] == reverse("privacy:breach_edit", args=[breach.pk, 2])
    segment = Segment.objects.create(workspace=shop, name="Semua", tree={"all": []})
    owner.post(made["Location"], {"categories": ["name", "phone"], "people": "120", "segment": segment.pk})
    owner.post(reverse("privacy:breach_edit", args=[breach.pk, 3]), {"measures": "Sandi diganti", "risk": "Penipuan"})
    breach.refresh_from_db()
    assert (breach.categories, breach.people, breach.measures) == (["name", "phone"], 120, "Sandi diganti")
    assert "Kedua surat harus keluar" in page(owner, "breach", breach.pk)
    for to in ("agency", "people"):
        letter = owner.get(reverse("privacy:breach_letter", args=[breach.pk, to]))
        assert letter.content.startswith(b"%PDF")
        owner.post(reverse("privacy:breach_told", args=[breach.pk]), {"who": to})
    assert "Kedua surat sudah keluar" in page(owner, "breach", breach.pk)
    assert owner.get(reverse("privacy:breach_letter", args=[breach.pk, "lain"])).status_code == 404
    bad = owner.post(reverse("privacy:breach_new"), first | {"known_at": "2030-01-01T10:00"})
    assert bad.status_code == 422


def test_the_notice_goes_to_each_affected_person_once(shop: Workspace, say: Say) -> None:
    say("halo")
    say("halo", "+6281200000009")
    segment = Segment.objects.create(workspace=shop, name="Semua", tree={"all": []})
    owner = signed_in(shop)
    owner.post(
        reverse("privacy:breach_new"), {"title": "Bocor", "known_at": "2026-11-23T10:00", "cause": "Salah kirim"}
    )
    breach = Breach.objects.get()
    services.update_breach(workspace=shop, breach_id=breach.pk, values={"segment": segment})
    assert "Kirim ke 2 pelanggan" in page(owner, "breach", breach.pk)
    owner.post(reverse("privacy:breach_send", args=[breach.pk]))
    assert services.send_notices(breach_id=breach.pk) == 2
    assert services.send_notices(breach_id=breach.pk) == 0
    notices = Message.objects.filter(origin_kind="privacy_breach")
    assert {notice.purpose for notice in notices} == {"service"}
    assert "Salah kirim" in notices[0].text


def test_another_shop_sees_nothing(say: Say, shop: Workspace) -> None:
    say("DATA SAYA")
    request = DataRequest.objects.get()
    stranger = signed_in(make_workspace("Lain"))
    assert stranger.get(reverse("privacy:request", args=[request.pk])).status_code == 404
    assert reverse("privacy:request", args=[request.pk]) not in stranger.get(reverse("privacy:list")).content.decode()
