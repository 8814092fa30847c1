"""The problem that an observation about the public address means."""

from datetime import UTC, datetime, timedelta

from tests.cases import each

from wabolt.public_address.rules import (
    DOWN_AFTER,
    Problem,
    Validity,
    expires_soon,
    is_down,
    judge_addresses,
    judge_answer,
    judge_failure,
)

NOW = datetime(2026, 11, 29, tzinfo=UTC)
SERVER = ["127.0.0.1", "::1", "203.0.114.9", "2400:cb00::9", "fe80::1"]
LAPTOP = ["127.0.0.1", "192.168.1.20", "fe80::1"]


@each(
    ("resolved", "own", "problem"),
    [
        ([], SERVER, Problem.DNS_MISSING),
        (["203.0.114.9"], SERVER, None),
        (["203.0.114.9", "2400:cb00:0::9"], SERVER, None),
        (["203.0.114.9", "2400:cb00::8"], SERVER, Problem.DNS_ELSEWHERE),
        (["203.0.114.10"], SERVER, Problem.DNS_ELSEWHERE),
        (["203.0.114.10"], LAPTOP, Problem.BEHIND_ROUTER),
        (["203.0.114.10", "2400:cb00::8"], LAPTOP, Problem.DNS_ELSEWHERE),
        (["192.168.1.20"], LAPTOP, None),
        (["192.168.1.21"], LAPTOP, Problem.DNS_ELSEWHERE),
    ],
)
def test_dns_entries_lead_here_or_to_the_router(resolved: list[str], own: list[str], problem: Problem | None) -> None:
    found = judge_addresses("wa.toko.id", resolved, own)
    assert (found.problem if found else None) is problem


@each(
    ("status", "body", "problem"),
    [
        (200, "proof\n", None),
        (200, "a parked domain", Problem.OTHER_SERVER),
        (404, "", Problem.OTHER_SERVER),
        (421, "", Problem.OTHER_SERVER),
        (301, "", Problem.REDIRECTED),
        (502, "", Problem.NOT_PASSED_ON),
    ],
)
def test_only_the_signed_nonce_counts_as_an_answer(status: int, body: str, problem: Problem | None) -> None:
    found = judge_answer(status, body, "proof", "https://penipu.example/")
    assert (found.problem if found else None) is problem


@each(
    ("text", "problem"),
    [
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired", Problem.CERTIFICATE_EXPIRED),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate is not yet valid", Problem.CLOCK),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate", Problem.CERTIFICATE_INVALID),
        ("[SSL: TLSV1_ALERT_INTERNAL_ERROR] tlsv1 alert internal error", Problem.CERTIFICATE_INVALID),
        ("timed out", Problem.NO_ANSWER),
    ],
)
def test_a_failed_connection_has_a_reason(text: str, problem: Problem) -> None:
    assert judge_failure("ConnectError", text).problem is problem


def test_one_failed_check_opens_no_alert() -> None:
    assert not is_down(None, NOW)
    assert not is_down(NOW - timedelta(minutes=5), NOW)
    assert is_down(NOW - DOWN_AFTER, NOW)


@each(
    ("whole", "renewed_at", "late_at"),
    [
        (timedelta(days=90), timedelta(days=30), timedelta(days=14)),
        (timedelta(days=6), timedelta(days=2), timedelta(days=1)),
        (timedelta(hours=12), timedelta(hours=4), timedelta(hours=2)),
    ],
)
def test_certificate_is_renewed_before_it_counts_as_late(
    whole: timedelta, renewed_at: timedelta, late_at: timedelta
) -> None:
    """`renewed_at`: remaining life at which Caddy renews the certificate."""
    valid = Validity(NOW - whole, NOW)
    assert not expires_soon(None, NOW)
    assert not expires_soon(valid, NOW - renewed_at)
    assert not expires_soon(valid, NOW - late_at)
    assert expires_soon(valid, NOW - late_at + timedelta(seconds=1))
