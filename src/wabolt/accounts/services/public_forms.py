"""The protection of every form on a page without a session: a signed key, a trap, limits, and a proof of work.

A form has a hidden field with a signed key: it names the form and the submission, and holds the time of opening. A view
shows the form with `seal_form`, reads the key with `open_form`, and asks `check_fill` before and `check_visitor` after
it has checked what the visitor wrote. Nothing is stored but the counts of `admit_visitor`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from uuid import UUID, uuid4

from django.core import signing
from django.http import QueryDict

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import is_crowded
from wabolt.accounts.services.challenges import accept_solution, new_challenge
from wabolt.accounts.services.visitors import Verdict, admit_visitor
from wabolt.accounts.visitor_limits import VisitorLimits
from wabolt.lib import clock

LIFETIME = timedelta(hours=24)
"""Time in which an opened form can be submitted."""
SHORTEST_FILL = 2
"""Seconds between opening and submitting a form. Programs are faster than people."""
KEY, TRAP, PROOF = "key", "website", "altcha"
"""The fields of a protected form: the signed key, a text field that people do not see, and the proof of work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormGuard:
    """One form. `purpose` and `subject` name it, such as ("form", 5), as in `admit_visitor`. `limits`: of submissions;
    above `per_object` they need a proof of work. `always_proves`: each submission needs one."""

    workspace: Workspace
    purpose: str
    subject: int
    limits: VisitorLimits
    always_proves: bool = False

    @property
    def needs_proof(self) -> bool:
        """Whether a submission needs a proof of work now, so that the page asks the browser for it."""
        return self.always_proves or is_crowded(
            self.workspace, purpose=self.purpose, subject=self.subject, limits=self.limits
        )


@dataclass(frozen=True, slots=True)
class OpenedForm:
    """The signed key of a submission: its own key, the age of the page in seconds, and what the page showed."""

    key: UUID
    age: float
    shown: tuple[int | str | None, ...]


class Refusal(Enum):
    """The reason why a submission is not accepted. The visitor's answers are kept, and the form can be sent again."""

    EXPIRED = "the key is missing, forged, of another form, or older than a day"
    TOO_FAST = "sent faster than people do, or the trap is filled in"
    TOO_MANY = "too many submissions from this address or network"
    UNPROVEN = "the proof of work is missing, wrong or used"


def seal_form(
    guard: FormGuard, *, key: UUID | None = None, age: float = 0, shown: Sequence[int | str | None] = ()
) -> str:
    """The signed key of a form that is shown now. It does not read the database.

    `key`: of a submission; None: a new one. `age`: seconds since the form was first shown. `shown`: versions of texts
    on the page.
    """
    opened_at = clock.now().timestamp() - age
    return signing.dumps([guard.subject, str(key or uuid4()), opened_at, *shown], salt=_salt(guard))


def reopen_form(guard: FormGuard, *, key: UUID | None, shown: Sequence[int | str | None] = ()) -> str:
    """The signed key of a form that is shown again with the visitor's answers, which may be sent at once."""
    return seal_form(guard, key=key, age=SHORTEST_FILL, shown=shown)


def open_form(guard: FormGuard, data: QueryDict) -> OpenedForm | None:
    """The signed key in a submission; None if it is missing, forged or of another form."""
    try:
        subject, key, opened_at, *shown = signing.loads(data.get(KEY, ""), salt=_salt(guard))
        age = clock.now().timestamp() - float(opened_at)
        return OpenedForm(UUID(key), age, tuple(shown)) if subject == guard.subject else None
    except (signing.BadSignature, ValueError, TypeError):
        return None


def check_fill(opened: OpenedForm | None, data: QueryDict) -> Refusal | None:
    """Whether a person can have filled in the form. None: yes."""
    if opened is None or opened.age > LIFETIME.total_seconds():
        return Refusal.EXPIRED
    return Refusal.TOO_FAST if opened.age < SHORTEST_FILL or data.get(TRAP) else None


def check_visitor(guard: FormGuard, data: QueryDict, ip: str) -> Refusal | None:
    """Counts a submission that is otherwise valid, and uses up its proof of work if it needs one. None: accept it."""
    verdict = admit_visitor(
        workspace=guard.workspace, purpose=guard.purpose, subject=guard.subject, ip=ip, limits=guard.limits
    )
    if verdict is Verdict.REFUSED:
        return Refusal.TOO_MANY
    if verdict is Verdict.ADMITTED and not guard.always_proves:
        return None
    is_proven = accept_solution(
        workspace=guard.workspace, purpose=guard.purpose, subject=guard.subject, payload=data.get(PROOF, "")
    )
    return None if is_proven else Refusal.UNPROVEN


def challenge_of(guard: FormGuard) -> dict[str, object]:
    """A new challenge of the proof of work of this form. Nothing is stored."""
    return new_challenge(workspace=guard.workspace, purpose=guard.purpose, subject=guard.subject)


def _salt(guard: FormGuard) -> str:
    return f"form.{guard.purpose}"
