"""Requests about personal data in the demo shop: one is answered, two wait."""

from datetime import timedelta

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.channels.services import write_as_customer
from wabolt.demo import history
from wabolt.lib import clock
from wabolt.privacy.models import DataRequest
from wabolt.privacy.services import answer_correction, assign_request, note_on_request, save_settings

PEOPLE = ("+6281299000003", "+6281299000011", "+6281299000019")
"""Customers who joined on the website (`history.create_ways_in`)."""


def ask_for_data(workspace: Workspace, channel: Channel, owner: User) -> None:
    """Fills in the privacy page, and lets three customers ask: one is answered, two wait."""
    save_settings(
        workspace=workspace,
        address="Jl. Ir. H. Juanda 112, Bandung",
        contact_person=owner.name,
        contact_email=owner.email,
        processors="Penyedia server toko\nKantor pembukuan",
    )
    now = clock.now()
    corrected, see, erase = PEOPLE
    with clock.hold(now - timedelta(days=9)):
        _write(channel, corrected, "UBAH DATA")
    request = DataRequest.objects.filter(workspace=workspace).order_by("-pk").first()
    if request is not None:
        with clock.hold(now - timedelta(days=8, hours=20)):
            note_on_request(request=request, text="Kota salah tulis: Bandung, bukan Bandar Lampung.", actor=owner)
            answer_correction(request=request, actor=owner, what="Kota: Bandung")
    with clock.hold(now - timedelta(hours=20)):
        _write(channel, see, "DATA SAYA")
    with clock.hold(now - timedelta(hours=5)):
        _write(channel, erase, "HAPUS DATA")
    for request in DataRequest.objects.filter(workspace=workspace, state="open", kind="access"):
        assign_request(request=request, owner=owner, actor=owner)


def _write(channel: Channel, phone: str, text: str) -> None:
    write_as_customer(channel=channel, phone=phone, text=text)
    history.run_until_idle(channel)
