"""Changes the domain name from the settings page, by running the command `wabolt domain`."""

import os
import subprocess

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from wabolt.accounts.models import User
from wabolt.accounts.services import record_audit_of_installation
from wabolt.lib.addresses import addresses_of, own_addresses
from wabolt.lib.errors import DomainError
from wabolt.public_address.rules import Problem, judge_addresses
from wabolt.public_address.words import words_of

_SECONDS = 30
_LEADS_ELSEWHERE = {Problem.DNS_MISSING, Problem.DNS_ELSEWHERE}


def may_change_name() -> bool:
    """Whether `wabolt up` runs this process and manages the domain name, so that a page can change it."""
    return bool(settings.DOMAIN_COMMAND)


@transaction.atomic
def change_name(*, name: str, by: User) -> None:
    """Serves another domain name. The installation starts again with it within seconds, for about half a minute.

    A name that does not lead to this machine is refused: its page could not be opened afterwards. Raises DomainError
    for the field "name": `not_here` if the installation does not manage its name, `bad_name` with the message of the
    command, or the value of a `Problem`.
    """
    if not may_change_name():
        raise DomainError(_("The operator of this installation sets its address."), code="not_here", field="name")
    bare = name.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    found = judge_addresses(bare, addresses_of(bare), own_addresses())
    if found is not None and found.problem in _LEADS_ELSEWHERE:
        words = words_of(found)
        raise DomainError(f"{words.what} {words.remedy}", code=found.problem.value, field="name")
    record_audit_of_installation(action="public_address.change_name", data={"name": bare[:253]}, by=by)
    done = subprocess.run(  # noqa: S603 -- ourselves; the name is one argument of its own
        [*settings.DOMAIN_COMMAND, "--", bare],
        capture_output=True, text=True, check=False, timeout=_SECONDS, stdin=subprocess.DEVNULL,
        env={**os.environ, "WABOLT_LANGUAGE": (get_language() or "id")[:2]},
    )  # fmt: skip
    if done.returncode:
        sentence = done.stderr.strip().splitlines()[-1:] or [_("That did not work.")]
        raise DomainError(sentence[0].partition(": ")[2] or sentence[0], code="bad_name", field="name")
