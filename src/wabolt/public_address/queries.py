"""Reads about the public address."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.crypto import salted_hmac

from wabolt.lib.public_address import Reach, absolute_url, who_can_open
from wabolt.public_address.models import AddressState
from wabolt.public_address.rules import Found, Problem, judge_addresses
from wabolt.public_address.words import Words, words_of

__all__ = ["Found", "Problem", "Report", "Words", "found_of", "judge_addresses", "report", "signature_of", "words_of"]

Part = AddressState.Part


@dataclass(frozen=True)
class Report:
    """The public address as its page shows it.

    `problems`: what prevents people from opening it, most serious first. `checked_at`: the last self-check, None before
    the first one. `certificate_until`: the end of the certificate that visitors get.
    """

    url: str
    reach: Reach
    problems: tuple[Words, ...] = ()
    checked_at: datetime | None = None
    certificate_until: datetime | None = None

    @property
    def is_checked(self) -> bool:
        """Whether the result of a self-check is known."""
        return self.checked_at is not None


def report() -> Report:
    """Returns the findings about the present public address, without those about an earlier one."""
    url = absolute_url("")
    states = {state.part: state for state in AddressState.objects.filter(url=url)}
    answer = states.get(Part.ANSWER)
    is_good = answer is not None and not answer.problem
    # A good answer outweighs the other findings: problems at the start or with a certificate only explain a bad one.
    parts = [] if is_good else [Part.START, Part.CERTIFICATE, Part.ANSWER]
    found = [problem for part in parts if part in states and (problem := found_of(states[part]))]
    return Report(
        url=url,
        reach=who_can_open(url),
        problems=tuple(words_of(one) for one in found),
        checked_at=answer.checked_at if answer else None,
        certificate_until=answer.certificate_until if answer else None,
    )


def found_of(state: AddressState) -> Found | None:
    """Returns the stored problem; None if there is none, or if this version does not know it."""
    try:
        return Found(Problem(state.problem), state.data) if state.problem else None
    except ValueError:
        return None


def signature_of(nonce: str) -> str:
    """Returns the answer to a nonce. Only this installation can compute it, so it proves who answers."""
    return salted_hmac("wabolt.public_address", nonce, algorithm="sha256").hexdigest()
