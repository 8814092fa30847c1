"""Simulated customers, for simulated numbers only: they scan a code, fill in a form or register, and then write.

They do what people do: some change the prepared text, some mistype the code and answer the question, and some fill in a
form and never send the message.
"""

import random
from collections.abc import Iterator, Mapping
from datetime import timedelta

from django.utils.translation import gettext as _

from wabolt.channels.models import Channel
from wabolt.channels.services import plan_as_customer
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.optin.models import EntryPoint, Placement, ShopEvent
from wabolt.optin.queries import is_simulated, placements_of
from wabolt.optin.registry import kind_of
from wabolt.optin.services.entries import Submission, submit_entry

WITHIN = timedelta(minutes=10)
NEVER_SENT, MISTYPED = 0.15, 0.1
"""Shares of the people who submit a form and send no message, and who leave out a character of the code."""
_ANSWER_AFTER = timedelta(minutes=1)
_NAMES = (
    "Aulia Putri", "Bayu Nugraha", "Chandra Wijaya", "Dewi Lestari", "Endang Rahayu", "Fajar Hidayat", "Gita Savitri",
    "Hendra Gunawan", "Indah Permatasari", "Johan Saputro", "Kartika Sari", "Lukman Hakim", "Mega Utami",
)  # fmt: skip
_FORMS = ("{0}", "{0}", "{0}", "Halo kak, {0}", "{0} 🙏", "{1} {2} ya kak", "{2}")
"""The message (0), its greeting (1) and its code in small letters (2), as people send them."""


def send_simulated_customers(
    *, point: EntryPoint, count: int, within: timedelta = WITHIN, chance: random.Random | None = None
) -> int:
    """Plans the visits of `count` new simulated customers to an open way in, from now until `within`.

    Returns how many of them will write. Raises DomainError `not_simulated` for a real number and `closed`.
    """
    if not is_simulated(point):
        raise DomainError(_("Simulated customers write to simulated numbers only."), code="not_simulated")
    if not point.is_open(clock.now()):
        raise DomainError(_("This way in is closed."), code="closed")
    chance = chance or random.Random()  # noqa: S311 - how people behave, no secret
    placements, answers = list(placements_of(point)), _answers(point)
    wrote = 0
    for number in range(count):
        at = within * ((number + chance.random()) / count)
        name = chance.choice(_NAMES)
        code = _code(point, chance.choice(placements), {**answers, "name": name}, chance)
        if code:
            _write(point.channel, name, _said(point.greeting, code, chance), at)
            wrote += 1
    return wrote


def _code(point: EntryPoint, placement: Placement, answers: Mapping[str, str], chance: random.Random) -> str:
    """The code that a visitor of this placement sends; "" if they do not send it."""
    if not kind_of(point.kind).opens_page:
        return placement.code
    form = submit_entry(placement=placement, submission=Submission(marketing=chance.random() < 0.8, answers=answers))
    return "" if chance.random() < NEVER_SENT else str(form.code)


def _answers(point: EntryPoint) -> dict[str, str]:
    """Answers to the questions of an event that a guest has to answer."""
    event = ShopEvent.objects.filter(point=point).first()
    asked = event.questions if event else []
    return {one["key"]: (one.get("choices") or ["Ya"])[0] for one in asked}


def _said(greeting: str, code: str, chance: random.Random) -> Iterator[str]:
    """The messages of a person: the prepared one, and a YES to the question if the code was mistyped."""
    is_mistyped = chance.random() < MISTYPED
    sent = code[:2] + code[3:] if is_mistyped else code
    yield chance.choice(_FORMS).format(f"{greeting} #{sent}", greeting, f"#{sent.lower()}")
    if is_mistyped:
        yield "Ya kak"


def _write(channel: Channel, name: str, texts: Iterator[str], later: timedelta) -> None:
    phone = f"+62815{random.SystemRandom().randrange(10**8):08}"
    for number, text in enumerate(texts):
        at = clock.now() + later + number * _ANSWER_AFTER
        plan_as_customer(channel=channel, phone=phone, text=text, name=name, at=at)
