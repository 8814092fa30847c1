"""Forms of giveaways: the settings, and the steps of a draw."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.channels.queries import channels
from wabolt.lib.errors import DomainError
from wabolt.media.registry import AttachmentForm
from wabolt.optin.forms import area
from wabolt.optin.giveaways.services import GiveawayDraft
from wabolt.optin.models import DrawWinner, Giveaway
from wabolt.ui.forms import show_refusal
from wabolt.ui.moments import Moment
from wabolt.ui.versions import Versioned

_SAME = (
    *("kind", "word", "rules", "criteria", "permit_number", "reward_text", "reward_percent", "reward_days", "stock"),
    *("places", "asks_permission"),
)
_OF_POINT = {
    "name": "name", "channel": "channel_id", "prize": "incentive", "language": "language",
    "opens_at": "active_from", "closes_at": "active_until",
}  # fmt: skip


class GiveawayForm(Versioned, AttachmentForm):
    """The settings of a giveaway. `giveaway` is None for a new one."""

    extra_labels: ClassVar[Mapping[str, str | Promise]] = {"media_id": _("Picture or document")}
    conditional = frozenset(
        {"stock", "criteria", "places", "permit_number", "reward_text", "reward_percent", "reward_days", "file"}
    )

    kind = forms.ChoiceField(
        label=_("How is the prize given?"), widget=forms.RadioSelect, initial=Giveaway.Kind.REWARD,
        choices=[
            (Giveaway.Kind.REWARD, _("Everyone who writes gets it")),
            (Giveaway.Kind.CONTEST, _("Contest: a jury chooses the best photos")),
            (Giveaway.Kind.DRAW, _("Draw by lot: only with a permit")),
        ],
    )  # fmt: skip
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Customers see it: “Batik birthday”."))
    prize = forms.CharField(
        label=_("What is there to get?"), max_length=200, help_text=_("One sentence: “10% off for everyone”.")
    )
    word = forms.CharField(
        label=_("Which word do they write?"), max_length=40, help_text=_("Short and rare: “BATIK”, “ULTAH5”.")
    )
    channel = forms.ModelChoiceField(label=_("WhatsApp number"), queryset=Channel.objects.none(), empty_label=None)
    permit_number = forms.CharField(label=_("Number of your permit"), max_length=80, required=False)
    criteria = forms.CharField(
        label=_("What does the jury look for?"), max_length=500, required=False, widget=area(2),
        help_text=_("For example: “The most creative photo with our batik”. It is on the rules page."),
    )  # fmt: skip
    places = forms.IntegerField(label=_("How many winners?"), min_value=1, max_value=100, initial=1, required=False)
    reward_percent = forms.IntegerField(
        label=_("Voucher, in percent"), min_value=0, max_value=100, initial=0, required=False,
        help_text=_("0: no voucher. Everybody gets a code of their own."),
    )  # fmt: skip
    reward_days = forms.IntegerField(
        label=_("Valid for how many days?"), min_value=1, max_value=365, initial=14, required=False
    )
    stock = forms.IntegerField(
        label=_("How many are there?"), min_value=1, required=False, help_text=_("Empty: enough for everyone.")
    )
    reward_text = forms.CharField(
        label=_("Your message with it"), max_length=1000, required=False, widget=area(3),
        help_text=_("To everyone who takes part, or to the winners of a contest or draw."),
    )  # fmt: skip
    opens_at = Moment(
        label=_("From when?"), required=False, help_text=_("Empty: at once."),
    )  # fmt: skip
    closes_at = Moment(
        label=_("Until when?"), required=False, help_text=_("A contest and a draw need an end."),
    )  # fmt: skip
    rules = forms.CharField(
        label=_("More rules"), max_length=2000, required=False, widget=area(3),
        help_text=_("Who may take part, how the prize is handed over. The usual rules are written by themselves."),
    )  # fmt: skip
    asks_permission = forms.BooleanField(
        label=_("Afterwards, ask whether news and offers are welcome"), required=False, initial=True,
        help_text=_("A question of its own. Taking part is no permission."),
    )  # fmt: skip
    language = forms.ChoiceField(
        label=_("Language"), choices=[("id", "Bahasa Indonesia"), ("en", "English")], initial="id"
    )

    def __init__(
        self, data: Any = None, files: Any = None, *, workspace: Workspace, giveaway: Giveaway | None = None
    ) -> None:
        self.giveaway, self.edits = giveaway, giveaway is not None
        initial = self._initial() if giveaway else {"language": workspace.language[:2]}
        super().__init__(data, files, initial=initial)
        self.attach(workspace, giveaway.reward_media if giveaway else None)
        cast("forms.ModelChoiceField[Channel]", self.fields["channel"]).queryset = channels(workspace)

    def _initial(self) -> dict[str, Any]:
        giveaway = self.giveaway
        assert giveaway is not None
        own = {name: getattr(giveaway, name) for name in _SAME}
        of_point = {name: getattr(giveaway.point, column) for name, column in _OF_POINT.items()}
        return {**own, **of_point, "media_id": giveaway.reward_media_id}

    def draft(self) -> GiveawayDraft:
        """The form as settings; also of a form with errors, for the preview. Empty numbers become their defaults."""
        data = self.cleaned_data
        texts = ("name", "word", "prize", "rules", "criteria", "permit_number", "reward_text")
        return GiveawayDraft(
            **{name: data.get(name) or "" for name in texts},
            kind=data.get("kind") or Giveaway.Kind.REWARD,
            channel=cast("Channel", data.get("channel")),
            language=data.get("language") or "id",
            reward_media=self.attached,
            reward_percent=data.get("reward_percent") or 0,
            reward_days=data.get("reward_days") or 14,
            stock=data.get("stock"),
            places=data.get("places") or 1,
            asks_permission=bool(data.get("asks_permission")),
            opens_at=data.get("opens_at"),
            closes_at=data.get("closes_at"),
        )

    def refuse(self, problem: DomainError) -> None:
        """Shows the message of a DomainError at the field that it belongs to."""
        columns = {"reward_media": "file", "active_until": "closes_at", "active_from": "opens_at", "greeting": "word"}
        show_refusal(self, problem, columns)


class LockForm(forms.Form):
    """The public value that a draw will add."""

    conditional = frozenset({"announced"})

    source = forms.ChoiceField(
        label=_("Which public number is added?"), widget=forms.RadioSelect, initial="beacon",
        choices=[
            ("beacon", _("The next number of drand, a public random beacon (best)")),
            ("other", _("Another public number")),
            ("none", _("None")),
        ],
    )  # fmt: skip
    announced = forms.CharField(
        label=_("Which one?"), max_length=200, required=False,
        help_text=_("Only for another number, for example: “JISDOR rate of 2 December 2026”."),
    )  # fmt: skip


class DrawForm(forms.Form):
    """The announced public value."""

    conditional = frozenset({"public_value"})

    public_value = forms.CharField(label=_("The public number"), max_length=200, required=False)


class DropForm(forms.Form):
    """The reason why a winner does not get the prize."""

    rank = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reason = forms.ChoiceField(
        label=_("Why?"),
        choices=[
            (reason.value, reason.label)
            for reason in (
                DrawWinner.Reason.NO_ANSWER,
                DrawWinner.Reason.DECLINED,
                DrawWinner.Reason.NOT_ALLOWED,
            )
        ],
        help_text=_("Published with the draw, without a name."),
    )
    note = forms.CharField(
        label=_("Note for your team"), max_length=300, required=False, help_text=_("Kept in the audit log only.")
    )
