"""The form of an entry point's settings, and the entry point that its preview shows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, cast

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.channels.queries import channels
from wabolt.consent.models import Wording
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean, storable
from wabolt.media.models import MediaFile
from wabolt.media.queries import reference_of, referenced_media
from wabolt.media.services import store_upload
from wabolt.optin.forms import area
from wabolt.optin.models import EntryPoint
from wabolt.optin.questions import Asked, Question, asked_questions, clean_choices, possible_questions
from wabolt.optin.services import ICONS, LinkDraft, PointDraft, check_end, check_greeting
from wabolt.optin.wording_forms import WithWording
from wabolt.optin.wordings import default_greeting, default_wording
from wabolt.ui.forms import show_refusal
from wabolt.ui.moments import Moment

ASK, ORDER, CHOICES = "ask_", "order_", "choices_"
LONGEST_TAG = 60
SPARE_LINKS = 3
"""Empty rows for new links."""
PICTURES = {"picture": 1200, "logo": 400}
"""The pictures of a page, with the longest side in pixels of the redrawn file."""
_WITHOUT_PAGE = (
    "incentive", "headline", "description", "greeting", "colour", "picture", "logo", "active_from", "active_until",
)  # fmt: skip
"""Fields that an offer in the chat has no use for, because it has no page."""
_SAME = ("name", "incentive", "voucher_percent", "voucher_days", "shown_code", "headline", "description", "greeting")


def _picture(label: Any, help_text: Any) -> forms.FileField:
    widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})
    return forms.FileField(label=label, help_text=help_text, required=False, allow_empty_file=True, widget=widget)


class PictureForm(forms.Form):
    """The pictures of a page.

    A browser sends a chosen file once. It is stored at once, and a signed reference in a hidden field carries it from
    then on, even when other fields are wrong. `pictures` are the stored files by field.
    """

    picture = _picture(_("Picture"), _("Above your text, for example your best seller. JPG, PNG or WebP."))
    logo = _picture(_("Logo"), _("Small, next to your name, on the page and on prints."))

    def __init__(self, data: Any, files: Any, *, workspace: Workspace, stored: Mapping[str, Any], **more: Any) -> None:
        super().__init__(data, files, **more)
        self.workspace = workspace
        self.pictures = {name: self._kept(name) if self.is_bound else stored.get(name) for name in PICTURES}

    def kept(self) -> list[tuple[forms.BoundField, MediaFile | None, str]]:
        """For each picture field that this form has: the field, the stored file and its signed reference."""
        names = [name for name in PICTURES if name in self.fields]
        return [(self[name], self.pictures[name], reference_of(self.pictures[name])) for name in names]

    def _kept(self, name: str) -> MediaFile | None:
        if f"{name}_drop" in self.data:
            return None
        return referenced_media(self.workspace, self.data.get(f"{name}_kept", ""))

    def clean_picture(self) -> None:
        self._store("picture")

    def clean_logo(self) -> None:
        self._store("logo")

    def _store(self, name: str) -> None:
        upload = self.cleaned_data.get(name)
        if not upload:
            return
        try:
            self.pictures[name] = store_upload(workspace=self.workspace, upload=upload, side=PICTURES[name])
        except DomainError as problem:
            raise forms.ValidationError(str(problem)) from problem


class PointForm(WithWording, PictureForm):
    """The settings of an entry point. `point` is None for a new one."""

    extra_labels: ClassVar[Mapping[str, str | Promise]] = {
        "picture_id": _("Picture"), "logo_id": _("Logo"), "asked": _("Questions"), "links": _("Links"),
    }  # fmt: skip

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("Only you see it: “Till, Dago”, “Link on Instagram”.")
    )
    channel = forms.ModelChoiceField(label=_("WhatsApp number"), queryset=Channel.objects.none(), empty_label=None)
    incentive = forms.CharField(
        label=_("What do people get?"), max_length=200, required=False,
        help_text=_("One sentence, as it is printed: “10% off your first order”."),
    )  # fmt: skip
    voucher_percent = forms.IntegerField(
        label=_("Voucher after joining, in percent"), min_value=0, max_value=100, initial=0,
        help_text=_("0: no voucher. Everybody gets a code of their own."),
    )  # fmt: skip
    voucher_days = forms.IntegerField(label=_("Valid for how many days?"), min_value=1, max_value=365, initial=14)
    shown_code = forms.CharField(
        label=_("Code to show at once"), max_length=30, required=False,
        help_text=_("One code for all, shown as soon as the form is filled in. For example HALO10."),
    )  # fmt: skip
    headline = forms.CharField(label=_("Headline of the page"), max_length=120, required=False)
    description = forms.CharField(label=_("Text of the page"), max_length=1000, required=False, widget=area(3))
    greeting = forms.CharField(
        label=_("Their first message"), max_length=120, required=False,
        help_text=_("WhatsApp writes it for them, with a code at the end. They only tap Send."),
    )  # fmt: skip
    thanks = forms.CharField(label=_("Your answer"), max_length=1000, required=False, widget=area(3))
    wording = forms.CharField(
        label=_("What they agree to"), max_length=1000, required=False, widget=area(3),
        help_text=_("Say who writes, what, how often, and how to stop. Leave it empty for your usual text."),
    )  # fmt: skip
    asks_service = forms.BooleanField(label=_("Also ask for messages about orders"), required=False)
    tags = forms.CharField(
        label=_("Labels"), max_length=300, required=False, help_text=_("Separated by commas. All who join get them.")
    )
    colour = forms.RegexField(
        r"^#[0-9a-fA-F]{6}\Z", label=_("Colour"), initial="#4f3cc9", widget=forms.TextInput(attrs={"type": "color"}),
        help_text=_("It becomes a little darker where text would be hard to read."),
    )  # fmt: skip
    language = forms.ChoiceField(
        label=_("Language of your texts"), choices=[("id", "Bahasa Indonesia"), ("en", "English")], initial="id"
    )
    active_from = Moment(required=False, label=_("From when?"), help_text=_("Empty: at once."))
    active_until = Moment(required=False, label=_("Until when?"), help_text=_("Empty: until you close it."))

    def __init__(
        self, data: Any = None, files: Any = None, *, workspace: Workspace, kind: str, point: EntryPoint | None = None
    ) -> None:
        self.kind, self.point, self.edits = kind, point, point is not None
        self.asked = {asked.question.key: asked for asked in self._asked(workspace, point)}
        self.possible = possible_questions(workspace) if kind == EntryPoint.Kind.FORM else []
        initial = self._initial() if point else {"language": workspace.language[:2]}
        stored = {name: getattr(point, name) for name in PICTURES} if point else {}
        super().__init__(data, files, workspace=workspace, stored=stored, initial=initial)
        cast("forms.ModelChoiceField[Channel]", self.fields["channel"]).queryset = channels(workspace)
        for unused in (*(_WITHOUT_PAGE if kind == EntryPoint.Kind.CHAT else ()), *self._unused(kind)):
            del self.fields[unused]
        for question in self.possible:
            self._add_question(question)
        if kind == EntryPoint.Kind.LINK:
            self._add_links()

    @staticmethod
    def _unused(kind: str) -> Sequence[str]:
        return () if kind == EntryPoint.Kind.FORM else ("shown_code",)

    @staticmethod
    def _asked(workspace: Workspace, point: EntryPoint | None) -> list[Asked]:
        if point is not None:
            return asked_questions(workspace, point.questions)
        return [Asked(question, required=True) for question in possible_questions(workspace) if question.key == "name"]

    def _initial(self) -> dict[str, Any]:
        point = self.point
        assert point is not None
        pictures = {f"{name}_id": getattr(point, f"{name}_id") for name in PICTURES}
        return {
            **{key: getattr(point, key) for key in (*_SAME, "thanks", "colour", "language")},
            **{key: getattr(point, key) for key in ("active_from", "active_until")},
            **pictures,
            "asked": [asked.stored() for asked in self.asked.values()],
            "links": list(point.links.order_by("position").values_list("title", "url", "icon")),
            "channel": point.channel_id,
            "wording": "" if point.marketing_wording.is_default else point.marketing_wording.text,
            "asks_service": point.service_wording_id is not None,
            "tags": ", ".join(point.tags.values_list("name", flat=True)),
        }

    def _add_question(self, question: Question) -> None:
        asked = self.asked.get(question.key)
        ways = [("", _("Do not ask")), ("optional", _("Ask, may stay empty")), ("required", _("Must be filled in"))]
        if question.kind == "birthday":
            ways[1:] = [
                ("day", _("Ask day and month")), ("optional", _("Ask with the year")),
                ("day_required", _("Day and month are needed")), ("required", _("All of it is needed")),
            ]  # fmt: skip
        now = "" if asked is None else ("required" if asked.required else "optional")
        if asked is not None and question.kind == "birthday" and not asked.asks_year:
            now = "day_required" if asked.required else "day"
        order = [*self.asked, *(other.key for other in self.possible if other.key not in self.asked)]
        position = order.index(question.key) + 1
        self.fields[f"{ASK}{question.key}"] = forms.ChoiceField(
            label=str(question.in_settings or question.label), choices=ways, required=False, initial=now
        )
        self.fields[f"{ORDER}{question.key}"] = forms.IntegerField(
            label=_("Place"), required=False, min_value=1, max_value=999, initial=position
        )
        if question.takes_choices:
            self.fields[f"{CHOICES}{question.key}"] = forms.CharField(
                label=_("Choices, separated by commas"), required=False, max_length=1500,
                initial=", ".join(asked.choices) if asked else "",
                help_text=_("Empty: people write their answer."),
            )  # fmt: skip

    def question_rows(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField | None]]:
        """For each question, in order: whether it is asked, its position, and its choices."""
        rows = [
            (self[f"{ASK}{q.key}"], self[f"{ORDER}{q.key}"],
             self[f"{CHOICES}{q.key}"] if q.takes_choices else None)
            for q in self.possible
        ]  # fmt: skip
        return sorted(rows, key=lambda row: _position(row[1].value()))

    def _add_links(self) -> None:
        stored = self.initial.get("links", [])
        for number in range(len(stored) + SPARE_LINKS):
            title, url, icon = stored[number] if number < len(stored) else ("", "", ICONS[0])
            self.fields[f"link_title_{number}"] = forms.CharField(
                label=_("Title"), max_length=60, required=False, initial=title
            )
            self.fields[f"link_url_{number}"] = forms.CharField(
                label=_("Address"), max_length=500, required=False, initial=url,
                widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://", "autocapitalize": "off"}),
            )  # fmt: skip
            self.fields[f"link_icon_{number}"] = forms.ChoiceField(
                label=_("Icon"), choices=list(ICON_WORDS.items()), required=False, initial=icon
            )

    def link_rows(self) -> list[tuple[forms.BoundField, ...]]:
        """The title, the address and the icon of each link."""
        numbers = [name.removeprefix("link_title_") for name in self.fields if name.startswith("link_title_")]
        return [tuple(self[f"link_{part}_{number}"] for part in ("title", "url", "icon")) for number in numbers]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for question in self.possible:
            name = f"{CHOICES}{question.key}"
            if name in data:
                try:
                    data[name] = clean_choices(storable(data[name]).split(","))
                except DomainError as problem:
                    self.add_error(name, str(problem))
        return data

    def clean_greeting(self) -> str:
        text = str(self.cleaned_data["greeting"])
        try:
            check_greeting(self.workspace, clean(storable(text)))
        except DomainError as problem:
            raise forms.ValidationError(str(problem)) from problem
        return text

    def clean_active_until(self) -> datetime | None:
        until: datetime | None = self.cleaned_data["active_until"]
        try:
            check_end(until, self.point.active_until if self.point else None)
        except DomainError as problem:
            raise forms.ValidationError(str(problem)) from problem
        return until

    def clean_tags(self) -> str:
        text = str(self.cleaned_data["tags"])
        if any(len(clean(name)) > LONGEST_TAG for name in text.split(",")):
            raise forms.ValidationError(_("A label has at most 60 characters."))
        return text

    def draft(self) -> PointDraft:
        """The valid form as settings."""
        data = self.cleaned_data
        given = {key: data[key] for key in (*_SAME, "channel", "thanks", "wording", "language") if key in data}
        given |= {key: data[key] for key in ("colour", "active_from", "active_until") if key in data}
        return PointDraft(
            kind=self.kind,
            **given,
            picture=self.pictures["picture"],
            logo=self.pictures["logo"],
            service_wording="" if data["asks_service"] else None,
            questions=self._questions(),
            tags=[name for name in map(clean, storable(data["tags"]).split(",")) if name],
            fields=self.point.fields if self.point else {},
            links=self._links(),
        )

    def _questions(self) -> list[dict[str, Any]]:
        data = self.cleaned_data
        rows = []
        for question in self.possible:
            way = data.get(f"{ASK}{question.key}")
            if not way:
                continue
            asked = Asked(
                question,
                required=way.endswith("required"),
                asks_year=not way.startswith("day"),
                choices=tuple(data.get(f"{CHOICES}{question.key}") or ()),
            )
            rows.append((_position(data.get(f"{ORDER}{question.key}")), asked.stored()))
        return [stored for _number, stored in sorted(rows, key=lambda row: row[0])]

    def _links(self) -> list[LinkDraft] | None:
        if self.kind != EntryPoint.Kind.LINK:
            return None
        rows = [[self.cleaned_data.get(field.name, "") for field in row] for row in self.link_rows()]
        return [LinkDraft(title, url, icon) for title, url, icon in rows if title or url]

    def preview(self) -> EntryPoint:
        """The entry point that the form describes, not stored. A wrong value counts as not given."""
        data = self.cleaned_data if self.is_bound else {**self.initial, **self._defaults()}
        language = data.get("language") or self.workspace.language[:2]
        with override(language):
            texts = {
                purpose: data.get(key) or default_wording(purpose, self.workspace.name)
                for purpose, key in (("marketing", "wording"), ("service", ""))
            }
            greeting = data.get("greeting") or default_greeting(self.workspace.name)
        channel = data.get("channel")
        if not isinstance(channel, Channel):
            usable = channels(self.workspace)
            stored = self.point.channel if self.point else None  # it may be archived
            channel = usable.filter(pk=channel or 0).first() or stored or usable.first()
        return EntryPoint(
            workspace=self.workspace,
            channel=channel,
            greeting=greeting,
            kind=self.kind,
            slug="",
            language=language,
            colour=data.get("colour") or "#4f3cc9",
            questions=self._questions() if self.is_bound else [asked.stored() for asked in self.asked.values()],
            marketing_wording=Wording(text=texts["marketing"], language=language),
            service_wording=Wording(text=texts["service"], language=language) if data.get("asks_service") else None,
            **{key: data.get(key) or "" for key in ("name", "incentive", "shown_code", "headline", "description")},
            **self.pictures,
        )

    def preview_links(self) -> list[LinkDraft]:
        """The links of the preview."""
        if self.is_bound:
            return self._links() or []
        return [LinkDraft(*row) for row in self.initial.get("links", [])]

    def _defaults(self) -> dict[str, Any]:
        return {name: field.initial for name, field in self.fields.items() if name not in self.initial}

    def refuse(self, problem: DomainError) -> None:
        """Shows the message of a DomainError at the field that it belongs to."""
        show_refusal(self, problem)


ICON_WORDS = {
    "link": _("Link"), "shopping-bag": _("Shop"), "brand-whatsapp": "WhatsApp", "map-search": _("Map"),
    "brand-instagram": "Instagram", "brand-tiktok": "TikTok", "brand-facebook": "Facebook", "gift": _("Gift"),
    "calendar-event": _("Calendar"), "photo": _("Picture"), "mail": _("E-mail"), "phone": _("Telephone"),
}  # fmt: skip
"""The words of the icons of links."""


def _position(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 999
