"""Reads of chat forms: the forms, the data that questions can fill, the open runs and the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.autoreply.models import ChatForm, ChatFormRun, ChatFormVersion
from wabolt.autoreply.rules.asking import Kind, Question, read_questions
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact, Field
from wabolt.contacts.queries import fields
from wabolt.lib.birthdays import has_year

OWN = "own:"
"""Prefix of targets whose answer only the form keeps; the rest is the kind."""
FIELD = "field:"
_USUAL: Mapping[str, tuple[str | Promise, Kind]] = {
    f"{FIELD}minat": (_("Interests"), "text"),
    f"{FIELD}ukuran": (_("Size"), "text"),
    f"{FIELD}alamat": (_("Address"), "address"),
}
"""Custom fields that a form creates when it first asks for them."""
_KIND_OF: Mapping[str, Kind] = {
    Field.Kind.TEXT: "text", Field.Kind.NUMBER: "number", Field.Kind.DATE: "date", Field.Kind.CHOICE: "choice",
    Field.Kind.YES_NO: "yes_no",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """A piece of data that a question can fill. `key`: as in `Question.target`, or OWN and a kind.

    `choices`: those of the field.
    """

    key: str
    label: str | Promise
    kind: Kind
    choices: tuple[str, ...] = ()

    @property
    def takes_choices(self) -> bool:
        """Whether the owner may give choices for the question."""
        return self.key == f"{OWN}choice" or (self.kind == "text" and self.key.startswith(FIELD))


_COLUMNS = (
    Target("name", _("Customer's name"), "name"),
    Target("birth_date", _("Customer's birthday"), "birthday"),
    Target("city", _("Customer's city"), "city"),
    Target("gender", _("Gender"), "gender"),
    Target("email", _("E-mail"), "email"),
)
_OWN = (
    Target(f"{OWN}text", _("Only this form: words"), "text"),
    Target(f"{OWN}choice", _("Only this form: a choice"), "choice"),
    Target(f"{OWN}yes_no", _("Only this form: yes or no"), "yes_no"),
    Target(f"{OWN}number", _("Only this form: a number or amount"), "number"),
    Target(f"{OWN}date", _("Only this form: a date"), "date"),
)


def targets(workspace: Workspace) -> dict[str, Target]:
    """All targets of the workspace, by key, in the order of the list."""
    found = {target.key: target for target in _COLUMNS}
    found |= {key: Target(key, label, kind) for key, (label, kind) in _USUAL.items()}
    for field in fields(workspace):
        key = f"{FIELD}{field.key}"
        kind = found[key].kind if key in found and field.kind == Field.Kind.TEXT else _KIND_OF[field.kind]
        found[key] = Target(key, field.label, kind, tuple(field.choices))
    return found | {target.key: target for target in _OWN}


def usual_fields() -> dict[str, str]:
    """{key of a custom field: its label} of the fields that a form creates."""
    return {key.removeprefix(FIELD): str(label) for key, (label, _kind) in _USUAL.items()}


def list_chat_forms(workspace: Workspace) -> QuerySet[ChatForm]:
    """The forms that are not deleted, each with `started`, `finished` and `open_now`."""
    runs = "versions__runs"
    return ChatForm.objects.filter(workspace=workspace, deleted_at=None).annotate(
        started=Count(runs),
        finished=Count(runs, filter=Q(**{f"{runs}__state": ChatFormRun.State.FINISHED})),
        open_now=Count(runs, filter=Q(**{f"{runs}__ended_at": None})),
    )


def get_chat_form(workspace: Workspace, form_id: int) -> ChatForm:
    """One form. Raises ChatForm.DoesNotExist, also for a deleted one and one of another workspace."""
    return list_chat_forms(workspace).get(pk=form_id)


def current_version(form: ChatForm) -> ChatFormVersion:
    """The version that new conversations get."""
    return form.versions.get(number=form.version)


def open_runs(channel: Channel, contact_ids: Sequence[int]) -> dict[int, ChatFormRun]:
    """The open runs in the conversations of these contacts on a channel, by contact."""
    found = ChatFormRun.objects.filter(
        workspace=channel.workspace_id, conversation__channel=channel, conversation__contact__in=contact_ids,
        ended_at=None,
    )  # fmt: skip
    return {run.contact_id: run for run in found.select_related("version__form", "conversation")}


def form_runs(form: ChatForm) -> QuerySet[ChatFormRun]:
    """The runs of a form, the newest first."""
    return (
        ChatFormRun.objects.filter(version__form=form)
        .select_related("contact", "version")
        .order_by("-started_at", "-pk")
    )


def answers_of(run: ChatFormRun) -> list[tuple[Question, str]]:
    """The answered questions of a run, each with its answer in words."""
    questions = read_questions(run.version.questions)
    return [(question, shown(question, run.answers[question.key])) for question in questions
            if run.answers.get(question.key) is not None]  # fmt: skip


def shown(question: Question, value: object) -> str:
    """The stored value of an answer in words, in the active language."""
    if question.kind in {"birthday", "date"}:
        try:
            day = date.fromisoformat(str(value))
        except ValueError:
            return str(value)
        return date_format(day, "j F Y" if has_year(day) else "j F")
    if question.kind == "gender":
        return str(dict(Contact.Gender.choices).get(str(value), value))
    if question.kind == "yes_no":
        return gettext("Yes") if value else gettext("No")
    return str(value)


def run_lines(workspace_id: int, run_ids: Sequence[int]) -> dict[int, str]:
    """One text for each run, for the timeline: the form's name and the answers."""
    runs = ChatFormRun.objects.filter(workspace=workspace_id, pk__in=run_ids).select_related("version__form")
    return {
        run.pk: f"{run.version.form.name}: " + " · ".join(answer for _question, answer in answers_of(run))
        for run in runs
    }
