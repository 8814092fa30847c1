"""The definition of a journey: its trigger, its rule of entry, its exits and goal, and the tree of its steps.

Steps form a tree: a branch and a split hold lists of steps, and after the last step of an arm comes the step after the
branch. Every step has an `id` that never changes and is never used again. `codec` reads and writes the JSON form,
`structure` walks the tree, `editing` changes it, `checks` says what is missing before it can be published.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

MAX_STEPS = 100
MAX_DEPTH = 5
"""Levels of branches inside branches."""
MAX_ARMS = 10

Settings = Mapping[str, Any]
"""The settings of a registered trigger or contact action: plain JSON values by name."""

Unit = Literal["minutes", "hours", "days"]
UNITS: tuple[Unit, ...] = ("minutes", "hours", "days")
MINUTES_OF: Mapping[str, int] = {"minutes": 1, "hours": 60, "days": 24 * 60}
MAX_WAIT_MINUTES = 400 * 24 * 60

WAIT_MODES = ("duration", "clock", "happening")
HAPPENINGS = ("order", "event", "segment")
REENTRY = ("never", "after_end", "always")
OUTCOMES = ("delivered", "read", "clicked", "replied", "happened", "timed_out")
"""Outcomes of an earlier step: the first four of a message, the last two of a wait with the mode "happening"."""
MESSAGE_OUTCOMES = OUTCOMES[:4]
CONTENT_CLASSES = ("value", "promotion")
PURPOSES = ("marketing", "service")
QUIET = ("postpone", "skip")


@dataclass(frozen=True, slots=True)
class Trigger:
    """The start of the journey: a kind of `journeys.registry` and its settings. `kind` "": not chosen yet."""

    kind: str = ""
    settings: Settings = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """The rule of entry. `reentry`: "never", "after_end" of the earlier run, or "always". `cooldown_days`: minimum time
    between two entries of one person. `entry_from`: "HH:MM" in the time zone of the shop. A person who enters earlier
    in the day starts at this time; "": at once. `only`: the condition, a text of the segment language, that is true for
    people who may enter; "": everyone."""

    reentry: str = "never"
    cooldown_days: int = 0
    entry_from: str = ""
    only: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """A fact that can become true for a person. `kind` "order": an order. "event": an event of the kind `event` whose
    data has the values `where`. "segment": the condition `when`, a text of the segment language, is true."""

    kind: str
    event: str = ""
    where: Settings = field(default_factory=dict)
    when: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A condition: the earlier step with the id `step` has this outcome, one of `OUTCOMES`."""

    step: str
    is_: str


When = str | Outcome
"""The condition of an arm: the text of a segment, or the outcome of an earlier step."""


@dataclass(frozen=True, slots=True)
class Send:
    """Sends a message. `text` is Liquid. `media`: id of the file, `text` is its caption then. `choices`: buttons, or
    numbered lines where the number has none. `template`: id of an approved template, with the Liquid of its gaps in
    `parameters` ([[gap, Liquid], ...]). `content_class` "" is the class of the journey.

    `quiet`: the message is postponed or skipped in quiet hours. `not_later_minutes`: it is skipped if it cannot be
    sent within this time after the person reached the step; None: no limit.
    """

    id: str
    text: str = ""
    media: int | None = None
    choices: tuple[str, ...] = ()
    template: int | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    purpose: str = "marketing"
    content_class: str = ""
    quiet: str = "postpone"
    not_later_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Waits. Times are counted from the moment at which the person reached the step.

    `mode` "duration": `amount` `unit`s, and then until the next `at` ("HH:MM"; "": not longer).
    "clock": until the next `at` after that moment, on one of `weekdays` (0: Monday; empty: every day).
    "happening": until `until` is true, at most `amount` `unit`s; the outcome is "happened" or "timed_out".
    """

    id: str
    mode: str = "duration"
    amount: int = 1
    unit: Unit = "days"
    at: str = ""
    weekdays: tuple[int, ...] = ()
    until: Happening | None = None

    @property
    def minutes(self) -> int:
        return self.amount * MINUTES_OF[self.unit]


@dataclass(frozen=True, slots=True)
class BranchArm:
    """The steps of people for whom `when` is true."""

    when: When = ""
    steps: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """Takes the first arm whose condition is true, else `otherwise`."""

    id: str
    arms: tuple[BranchArm, ...] = (BranchArm(),)
    otherwise: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class SplitArm:
    """The steps of a random share of the people; `weight` is relative to the sum of the weights."""

    weight: int = 50
    steps: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class Split:
    """Takes one arm at random by weight."""

    id: str
    arms: tuple[SplitArm, ...] = (SplitArm(), SplitArm())


@dataclass(frozen=True, slots=True)
class Act:
    """Runs the contact action that is registered in `contacts.registry` under `action`, with these parameters."""

    id: str
    action: str = ""
    params: Settings = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Posts the person and the journey to a public address."""

    id: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """Ends the journey for this person."""

    id: str


Step = Send | Wait | Branch | Split | Act | Webhook | End
KIND_OF: Mapping[type, str] = {
    Send: "send", Wait: "wait", Branch: "branch", Split: "split", Act: "action", Webhook: "webhook", End: "end",
}  # fmt: skip
"""The word for each kind of step in JSON, in `JourneyStep.kind` and in the text form."""
KINDS: Mapping[str, type] = {word: kind for kind, word in KIND_OF.items()}


@dataclass(frozen=True, slots=True)
class Definition:
    """A whole journey. A person leaves when one of `exits` or the `goal` is true; both are checked before each step."""

    trigger: Trigger = Trigger()
    entry: Entry = Entry()
    exits: tuple[Happening, ...] = ()
    goal: Happening | None = None
    steps: tuple[Step, ...] = ()


def kind_of(step: Step) -> str:
    """The kind of a step: "send", "wait", "branch", "split", "action", "webhook" or "end"."""
    return KIND_OF[type(step)]
