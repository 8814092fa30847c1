"""Entries of automatic replies in the registries of lower rooms."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from wabolt.accounts.registry import Target, register_audit
from wabolt.autoreply.models import ChatForm
from wabolt.autoreply.panels import asking_panel, form_panel, mode_panel
from wabolt.autoreply.queries.answering import AWAY, HANDOVER
from wabolt.autoreply.queries.chat_forms import run_lines
from wabolt.autoreply.queries.rule_books import ORIGIN, RULES_FROM
from wabolt.autoreply.services import FINISHED, FORM_ORIGIN, answer, register_alert, take_answers
from wabolt.contacts.registry import (
    EventFact,
    EventKind,
    Panel,
    PersonalData,
    names_of,
    register_event_kinds,
    register_panel,
    register_personal_data,
)
from wabolt.messaging.registry import Origin, Responder, register_origin, register_responder


def register() -> None:
    """Called from `AutoreplyConfig.ready`."""
    register_responder(Responder("chat_form", 35, take_answers, counts_as_reply=True))
    register_responder(Responder("auto_reply", RULES_FROM, answer, counts_as_reply=True))
    register_origin(Origin(ORIGIN, _("Auto-reply"), page=lambda pk: reverse("autoreply:edit", args=[pk])))
    register_origin(Origin(AWAY, _("Away text")))
    register_origin(Origin(HANDOVER, _("Handed to a person")))
    register_origin(
        Origin(
            FORM_ORIGIN, _("Chat form"), page=lambda pk: reverse("autoreply:form_detail", args=[pk]),
            attribution_window=timedelta(days=30),
        )
    )  # fmt: skip
    register_event_kinds(
        EventKind(
            FINISHED, _("Answered a chat form"), "checklist", "data", "good", lines=_answers,
            facts=(EventFact("form", _("Chat form"), names_of(ChatForm)),),
        )
    )  # fmt: skip
    register_alert()
    register_panel(
        Panel("answering", _("Who answers now"), "autoreply/parts/mode.html", mode_panel, slot="conversation", order=50)
    )
    register_panel(
        Panel(
            "chat_form", _("Chat form"), "autoreply/parts/asking.html", asking_panel, slot="conversation", order=60
        )
    )  # fmt: skip
    register_panel(
        Panel("chat_forms", _("Chat forms"), "autoreply/parts/ask.html", form_panel, slot="conversation", order=190)
    )
    register_personal_data(
        PersonalData("autoreply_unansweredmessage", _("Messages that no rule answered"), fate="deleted"),
        PersonalData(
            "autoreply_chatformrun", _("Answers to chat forms"), fate="deleted", secret=("pending",),
            count_words=lambda count: ngettext("%(count)s chat form", "%(count)s chat forms", count),
        ),
    )  # fmt: skip
    register_audit(
        actions={
            "autoreply.create_rule": _("Made an auto-reply"),
            "autoreply.update_rule": _("Changed an auto-reply"),
            "autoreply.delete_rule": _("Deleted an auto-reply"),
            "autoreply.switch_on": _("Switched an auto-reply on"),
            "autoreply.switch_off": _("Switched an auto-reply off"),
            "autoreply.change_settings": _("Changed the settings of auto-replies"),
            "autoreply.take_over": _("Took a conversation over"),
            "autoreply.create_form": _("Made a chat form"),
            "autoreply.update_form": _("Changed a chat form"),
            "autoreply.delete_form": _("Deleted a chat form"),
            "autoreply.switch_form_on": _("Switched a chat form on"),
            "autoreply.switch_form_off": _("Switched a chat form off"),
            "autoreply.start_form": _("Started a chat form in a conversation"),
            "autoreply.hand_back": _("Handed a conversation back to auto-replies"),
        },
        targets={
            "reply_rule": Target("autoreply.ReplyRule", "name", "autoreply:edit"),
            "chat_form": Target("autoreply.ChatForm", "name", "autoreply:form_detail"),
        },
    )


def _answers(workspace_id: int, found: Sequence[Mapping[str, object]]) -> list[str]:
    """The form and its answers for the timeline."""
    runs = [run if isinstance(run := data.get("run"), int) else 0 for data in found]
    lines = run_lines(workspace_id, runs)
    return [lines.get(run, "") for run in runs]
