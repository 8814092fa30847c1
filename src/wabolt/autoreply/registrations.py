"""Entries of automatic replies in the registries of lower rooms."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.registry import Target, register_audit
from wabolt.autoreply.panels import mode_panel
from wabolt.autoreply.queries.answering import AWAY, HANDOVER
from wabolt.autoreply.queries.rule_books import ORIGIN
from wabolt.autoreply.services import answer
from wabolt.contacts.registry import Panel, PersonalData, register_panel, register_personal_data
from wabolt.messaging.registry import Origin, Responder, register_origin, register_responder


def register() -> None:
    """Called from `AutoreplyConfig.ready`."""
    register_responder(Responder("auto_reply", 40, answer, counts_as_reply=True))
    register_origin(Origin(ORIGIN, _("Auto-reply"), page=lambda pk: reverse("autoreply:edit", args=[pk])))
    register_origin(Origin(AWAY, _("Away text")))
    register_origin(Origin(HANDOVER, _("Handed to a person")))
    register_panel(
        Panel(
            "answering", _("Who answers now"), "autoreply/parts/mode.html", mode_panel, slot="conversation", order=50
        )
    )
    register_personal_data(
        PersonalData("autoreply_unansweredmessage", _("Messages that no rule answered"), fate="deleted")
    )
    register_audit(
        actions={
            "autoreply.create_rule": _("Made an auto-reply"),
            "autoreply.update_rule": _("Changed an auto-reply"),
            "autoreply.delete_rule": _("Deleted an auto-reply"),
            "autoreply.switch_on": _("Switched an auto-reply on"),
            "autoreply.switch_off": _("Switched an auto-reply off"),
            "autoreply.change_settings": _("Changed the settings of auto-replies"),
            "autoreply.take_over": _("Took a conversation over"),
            "autoreply.hand_back": _("Handed a conversation back to auto-replies"),
        },
        targets={"reply_rule": Target("autoreply.ReplyRule", "name", "autoreply:edit")},
    )
