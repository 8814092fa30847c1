"""Forms of events: the settings for members, and the registration for guests."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.channels.queries import channels
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean, storable
from wabolt.optin.events.services import EventDraft
from wabolt.optin.events.services.editing import MAX_QUESTIONS, MAX_SEATS
from wabolt.optin.models import EntryPoint, ShopEvent
from wabolt.optin.services import PointDraft, Submission
from wabolt.optin.wording_forms import WithWording
from wabolt.ui.time_zones import all_zones

_WRITTEN = "%Y-%m-%dT%H:%M"


class _LocalMoment(forms.CharField):
    """A time without a zone, as the field "datetime-local" of a browser gives it."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_WRITTEN)

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return datetime.fromisoformat(text).replace(tzinfo=None, second=0, microsecond=0)
        except ValueError:
            raise forms.ValidationError(_("Enter a day and a time."), code="invalid") from None


class EventForm(WithWording):
    """The settings of an event. `event` is None for a new one. Times are in the event's time zone."""

    title = forms.CharField(label=_("What is it called?"), max_length=100)
    starts_at = _LocalMoment(label=pgettext("event", "Begins"))
    ends_at = _LocalMoment(label=pgettext("event", "Ends"))
    timezone = forms.ChoiceField(label=_("Time zone"), choices=all_zones)
    venue = forms.CharField(label=pgettext("event", "Place"), max_length=200, required=False)
    online_url = forms.URLField(
        label=_("Link for an online event"), max_length=500, required=False, assume_scheme="https",
        help_text=_("Only registered guests get it."),
    )  # fmt: skip
    capacity = forms.IntegerField(
        label=_("Seats"), min_value=1, max_value=MAX_SEATS, required=False, help_text=_("Empty: without a limit.")
    )
    description = forms.CharField(
        label=_("What is it about?"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    active_until = _LocalMoment(
        label=_("Registration closes"), required=False, help_text=_("Empty: when the event begins.")
    )
    active_from = _LocalMoment(label=_("Registration opens"), required=False, help_text=_("Empty: at once."))
    channel = forms.ModelChoiceField(label=_("WhatsApp number"), queryset=Channel.objects.none(), empty_label=None)
    wording = forms.CharField(
        label=_("What they agree to, if they tick the box"), max_length=1000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Registering alone is no permission for promotions. Leave it empty for your usual text."),
    )  # fmt: skip
    tags = forms.CharField(
        label=_("Labels"), max_length=300, required=False,
        help_text=_("Separated by commas. All who register get them."),
    )  # fmt: skip
    colour = forms.RegexField(
        r"^#[0-9a-fA-F]{6}\Z", label=_("Colour"), initial="#4f3cc9", widget=forms.TextInput(attrs={"type": "color"})
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=[("id", "Bahasa Indonesia"), ("en", "English")], initial="id"
    )

    def __init__(self, data: Any = None, *, workspace: Workspace, event: ShopEvent | None = None) -> None:
        self.workspace, self.event, self.edits = workspace, event, event is not None
        first = {"language": workspace.language[:2], "timezone": workspace.timezone}
        super().__init__(data, initial=self._stored(event) if event else first)
        cast("forms.ModelChoiceField[Channel]", self.fields["channel"]).queryset = channels(workspace)
        for number in range(1, MAX_QUESTIONS + 1):
            self.fields[f"question_{number}"] = forms.CharField(label=_("Question"), max_length=120, required=False)
            self.fields[f"choices_{number}"] = forms.CharField(
                label=_("Answers to choose from"), max_length=500, required=False,
                help_text=_("Separated by commas. Empty: people write freely."),
            )  # fmt: skip
            self.fields[f"required_{number}"] = forms.BooleanField(label=_("Must be answered"), required=False)

    def _stored(self, event: ShopEvent) -> dict[str, Any]:
        point = event.point
        questions: dict[str, Any] = {}
        for one in event.questions:
            number = one["key"].partition(":")[2]
            questions |= {
                f"question_{number}": one["label"],
                f"choices_{number}": ", ".join(one["choices"]),
                f"required_{number}": one["required"],
            }

        def local(value: datetime | None) -> datetime | None:
            try:
                return value.astimezone(event.tz).replace(tzinfo=None) if value else None
            except OverflowError:  # a stored time near the year 9999 that the zone cannot show
                return None

        return {
            **questions,
            "title": point.name,
            "starts_at": local(event.starts_at),
            "ends_at": local(event.ends_at),
            "active_from": local(point.active_from),
            "active_until": local(point.active_until),
            **{key: getattr(event, key) for key in ("timezone", "venue", "online_url", "capacity")},
            **{key: getattr(point, key) for key in ("description", "colour", "language")},
            "channel": point.channel_id,
            "wording": "" if point.marketing_wording.is_default else point.marketing_wording.text,
            "tags": ", ".join(point.tags.values_list("name", flat=True)),
        }

    def asking(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        """The fields of each question."""
        numbers = range(1, MAX_QUESTIONS + 1)
        return [(self[f"question_{n}"], self[f"choices_{n}"], self[f"required_{n}"]) for n in numbers]

    def draft(self) -> EventDraft:
        """The valid form as settings."""
        data, zone = self.cleaned_data, ZoneInfo(self.cleaned_data["timezone"])

        def moment(name: str) -> datetime | None:
            return data[name].replace(tzinfo=zone) if data[name] else None

        starts_at, ends_at = moment("starts_at"), moment("ends_at")
        assert starts_at is not None
        assert ends_at is not None
        questions = [
            {
                "key": f"own:{number}",
                "label": data[f"question_{number}"],
                "choices": [word for word in map(clean, storable(data[f"choices_{number}"]).split(",")) if word],
                "required": data[f"required_{number}"],
            }
            for number in range(1, MAX_QUESTIONS + 1)
            if data[f"question_{number}"].strip()
        ]
        point = PointDraft(
            kind=EntryPoint.Kind.EVENT,
            name=data["title"],
            **{key: data[key] for key in ("channel", "language", "description", "colour", "wording")},
            tags=[name for name in map(clean, storable(data["tags"]).split(",")) if name],
            active_from=moment("active_from"),
            active_until=moment("active_until"),
            picture=self.event.point.picture if self.event else None,
        )
        same = {key: data[key] for key in ("timezone", "venue", "online_url", "capacity")}
        return EventDraft(point=point, starts_at=starts_at, ends_at=ends_at, questions=questions, **same)

    def refuse(self, problem: DomainError) -> None:
        """Shows the message of a DomainError at the field that it belongs to."""
        field = "title" if problem.field == "name" else problem.field
        self.add_error(field if field in self.fields else None, str(problem))


class CancelForm(forms.Form):
    """The reason why an event does not take place, in words for the guests."""

    reason = forms.CharField(label=_("Why? Guests read it."), max_length=300, required=False)


class RegistrationForm(forms.Form):
    """The registration of a guest: name, the event's own questions, and one unticked box for promotions."""

    name = forms.CharField(label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    marketing = forms.BooleanField(required=False)

    def __init__(self, data: Any = None, *, event: ShopEvent) -> None:
        super().__init__(data)
        self.event = event
        self.fields["marketing"].label = event.point.marketing_wording.text
        for one in event.questions:
            self.fields[one["key"]] = _input_for(one)

    def answers(self) -> list[forms.BoundField]:
        """The fields of the questions."""
        return [self["name"], *(self[one["key"]] for one in self.event.questions)]

    def submission(self, form_key: UUID) -> Submission:
        """The valid form as an entry: only what was filled in."""
        data = self.cleaned_data
        keys = ["name", *(one["key"] for one in self.event.questions)]
        answers = {key: storable(data[key]) for key in keys if data.get(key)}
        return Submission(form_key, marketing=bool(data["marketing"]), answers=answers)


def _input_for(question: dict[str, Any]) -> forms.Field:
    common: dict[str, Any] = {"label": question["label"], "required": question["required"]}
    if question["choices"]:
        return forms.ChoiceField(choices=[("", "–"), *((text, text) for text in question["choices"])], **common)
    return forms.CharField(max_length=500, **common)
