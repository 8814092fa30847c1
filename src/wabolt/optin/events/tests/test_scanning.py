"""Reading the QR codes that the camera at the door sees."""

from hypothesis import given
from hypothesis import strategies as st

from wabolt.optin.events.scanning import Scanned, scanned_ticket
from wabolt.optin.rules.codes import ALPHABET, make_code

TICKETS = st.text(ALPHABET, min_size=6, max_size=6).map(make_code)


HOSTS = st.sampled_from(["https://wa.toko.id", "http://127.0.0.1:8000", ""])


@given(TICKETS, HOSTS, st.sampled_from(["/", "", "/?x=1"]))
def test_a_ticket_is_read_out_of_its_address_on_any_host(ticket: str, host: str, end: str) -> None:
    assert scanned_ticket(f" {host}/m/ab-c_12/t/{ticket}{end}\n") == Scanned(ticket, "ab-c_12")
    assert scanned_ticket(f"#{ticket.lower()}") == Scanned(ticket)


@given(TICKETS, st.text(max_size=600))
def test_other_codes_are_no_tickets(ticket: str, text: str) -> None:
    wrong = ticket[:-1] + ALPHABET[(ALPHABET.index(ticket[-1]) + 1) % len(ALPHABET)]
    for other in (f"https://x.id/m/a/t/{wrong}/", f"https://x.id/m/a/t/{ticket}/acara.ics", wrong, ticket[:6], text):
        found = scanned_ticket(other)
        assert found is None or found.ticket in text.upper()
