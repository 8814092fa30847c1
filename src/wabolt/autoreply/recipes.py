"""Rules and chat forms to start from. Their texts are examples that an owner completes."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from wabolt.accounts.models import Workspace
from wabolt.autoreply.services import ChatFormDraft, QuestionDraft
from wabolt.contacts.registry import ActionCall, contact_action

OFFER_LIST = "optin.offer_list"
"""The key of the action that asks for permission to send promotions."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A rule to start from. `words`: the words that customers write, separated by commas."""

    key: str
    label: str | Promise
    icon: str
    words: str | Promise
    text: str | Promise


RECIPES = (
    Recipe(
        "info", _("Information"), "info-circle", _("info, information, catalogue"),
        _("Hi {{ contact.first_name }}! Here is what we have: …\nAsk us anything."),
    ),
    Recipe(
        "price", _("Prices"), "receipt", _("price, price list, how much"),
        _("Our prices, {{ contact.first_name }}: …\nWhich one may we keep for you?"),
    ),
    Recipe(
        "hours", _("Opening hours and address"), "clock", _("opening hours, what time, address, where"),
        _("We are open every day from 08.00 to 20.00, at …"),
    ),
    Recipe(
        "delivery", _("Delivery and payment"), "send", _("delivery, shipping cost, pay, transfer, COD"),
        _("We deliver everywhere. Tell us your district, and we count the cost for you."),
    ),
    Recipe(
        "how", _("How to order"), "shopping-bag", _("order, how to order, buy"),
        _("Easy! Write the name of the item, the size and your address here, and we make the order."),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FormRecipe:
    """A chat form to start from. `questions`: (target, text, choices, several, optional). `tag`: the label at the end,
    "" for none. `asks_permission`: the answers are for promotions, so the list is offered to people who have not said
    yes."""

    key: str
    label: str | Promise
    icon: str
    hint: str | Promise
    intro: str | Promise
    questions: tuple[tuple[str, str | Promise, str | Promise, bool, bool], ...]
    thanks: str | Promise
    tag: str | Promise = ""
    asks_permission: bool = False


FORM_RECIPES = (
    FormRecipe(
        "birthday", _("Birthday club"), "gift", _("Birthday, city and gender"),
        _("Hi {{ contact.first_name }}! Three short questions, and there is a present on your birthday."),
        (
            ("birth_date", _("When is your birthday? For example 17 August 1995"), "", False, False),
            ("city", _("Which city do you live in?"), "", False, False),
            ("gender", _("Are you a woman or a man?"), "", False, True),
        ),
        _("Thank you! We will think of your birthday."), _("Birthday club"), asks_permission=True,
    ),
    FormRecipe(
        "taste", _("Size and interests"), "tag", _("To send only what fits"),
        _("Hi {{ contact.first_name }}! Tell us what fits you, so that we only show you that."),
        (
            ("field:ukuran", _("What is your size?"), "S, M, L, XL", False, False),
            ("field:minat", _("What do you like?"), _("Dresses, Shirts, Bags, Shoes"), True, False),
        ),
        _("Noted! We will tell you when something for you arrives."), asks_permission=True,
    ),
    FormRecipe(
        "event", _("Question about an event"), "calendar-event", _("Who comes, and with how many?"),
        _("Hi {{ contact.first_name }}! We are planning our event."),
        (
            ("own:yes_no", _("Will you come?"), "", False, False),
            ("own:number", _("With how many people?"), "", False, True),
            ("own:text", _("What would you like to see there?"), "", False, True),
        ),
        _("Thank you, see you there!"),
    ),
    FormRecipe(
        "address", _("Address for delivery"), "map-pin", _("Name, address and city"),
        _("Hi {{ contact.first_name }}! We need your address for the delivery."),
        (
            ("name", _("Who receives the parcel?"), "", False, False),
            ("field:alamat", _("What is the full address, with the postal code?"), "", False, False),
            ("city", _("Which city or regency is that?"), "", False, False),
        ),
        _("Thank you! We count the delivery cost now."),
    ),
)  # fmt: skip


def draft_of_recipe(workspace: Workspace, key: str) -> ChatFormDraft | None:
    """The chat form of a recipe in the shop's language; None for an unknown key."""
    recipe = next((known for known in FORM_RECIPES if known.key == key), None)
    if recipe is None:
        return None
    with override(workspace.language):
        questions = [
            QuestionDraft(target, str(text), "", [part.strip() for part in str(choices).split(",")], several, optional)
            for target, text, choices, several, optional in recipe.questions
        ]
        then = [ActionCall("contacts.tag", {"tag": str(recipe.tag)})] if recipe.tag else []
        if recipe.asks_permission and contact_action(OFFER_LIST) is not None:
            then.append(ActionCall(OFFER_LIST, {}))
        return ChatFormDraft(str(recipe.label), questions, str(recipe.intro), str(recipe.thanks), then)
