"""The messages of chat forms: questions, friendly repetitions and ends, in the shop's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import Workspace
from wabolt.autoreply.rules.asking import Misread, Question
from wabolt.channels.registry import Choice, as_lines
from wabolt.contacts.models import Contact
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Message
from wabolt.personalization import queries as rendering

MOST_BUTTONS = 9
"""Choices that become buttons or a list where the number has them; more of them are lines of the text."""


def rendered(
    workspace: Workspace, text: str, contact: Contact | None, variables: Mapping[str, Any] | None = None
) -> str:
    """The text with the contact's data and `variables`; as it is written if one of its variables is gone. Without a
    contact: with the data of a fictional person."""
    if "{" not in text:
        return text
    given = {"voucher": {}, **(variables or {})} if contact is not None else None
    purpose = Message.Purpose.SERVICE
    try:
        return rendering.preview(workspace, text, contact, purpose=purpose, variables=given, short_links=False)
    except DomainError:
        return text


def question_text(workspace: Workspace, question: Question, contact: Contact | None) -> str:
    """The question, with the lines of its choices if they are no buttons, and how to skip it."""
    text = rendered(workspace, question.text, contact)
    if question.choices and not buttons_of(workspace, question):
        text = as_lines(text, question.choices)
    with override(workspace.language):
        hints = []
        if question.several:
            hints.append(_("Several are fine: 1, 3"))
        if question.optional:
            hints.append(_("Write *skip* if you would rather not say."))
    return "\n".join([text, *hints])


def buttons_of(workspace: Workspace, question: Question) -> Sequence[Choice]:
    """The choices under a question, for numbers with buttons or lists; numbered lines elsewhere."""
    with override(workspace.language):
        if question.kind == "yes_no":
            return [Choice("yes", _("Yes")), Choice("no", _("No"))]
    if question.several or not 0 < len(question.choices) <= MOST_BUTTONS:
        return []
    return [Choice(str(number), title) for number, title in enumerate(question.choices, 1)]


def choose_label(workspace: Workspace) -> str:
    """The label of the button that opens the choices."""
    with override(workspace.language):
        return _("Open the choices")


def again_text(workspace: Workspace, question: Question, problem: Misread) -> str:
    """A friendly sentence about an answer that was not understood, with an example. The question follows it."""
    with override(workspace.language):
        sentence = {
            "no_words": _("Sorry, we cannot read pictures, voice messages and stickers here. Please write it."),
            "too_long": _("That is a little long for us. A short answer is enough."),
            "not_a_date": _("Sorry, we did not get the date. For example: 17 August 1995"),
            "not_a_city": _("Sorry, we do not know this city yet. Write the city or regency, for example: Bandung"),
            "not_a_gender": _("Sorry, we did not get that. Write “woman” or “man”."),
            "not_an_email": _("Sorry, that is not an e-mail address. For example: siti@example.com"),
            "not_a_number": _("Sorry, we need one number. For example: 3 or 150rb"),
            "not_a_choice": _("Sorry, we did not get your choice. Write its number or its name."),
            "not_yes_or_no": _("Sorry, we did not get that. Write “yes” or “no”."),
        }.get(problem, _("Sorry, we did not get that."))
        return sentence + "\n" + _("(Write *batal* to stop.)")


def resumed_text(workspace: Workspace, left: int) -> str:
    """The beginning of a message that takes up a form again. `left`: number of open questions."""
    with override(workspace.language):
        if left == 1:
            return _("Shall we go on? One question is left.")
        return _("Shall we go on? %(count)s questions are left.") % {"count": left}


def cancelled_text(workspace: Workspace) -> str:
    """The answer to *batal*."""
    with override(workspace.language):
        return _("All right, we stop here. Write to us any time.")


def to_person_text(workspace: Workspace) -> str:
    """The last message before a person takes over."""
    with override(workspace.language):
        return _("Sorry, we did not get that. Somebody from %(shop)s goes on with you here soon.") % {
            "shop": workspace.name
        }


def thanks_text(workspace: Workspace) -> str:
    """The last message of a form without a text of its own."""
    with override(workspace.language):
        return _("Thank you, we have noted everything!")
