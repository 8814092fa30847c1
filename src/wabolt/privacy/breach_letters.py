"""The two letters about a breach as PDF: to the people, and to the agency (UU PDP, article 46)."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from wabolt.lib import clock, formats
from wabolt.privacy.letters import Paper
from wabolt.privacy.models import Breach, PrivacySettings

CATEGORY_WORDS = {
    "name": gettext_lazy("names"),
    "phone": gettext_lazy("numbers on WhatsApp"),
    "email": gettext_lazy("e-mail addresses"),
    "birth_date": gettext_lazy("dates of birth"),
    "address": gettext_lazy("addresses and cities"),
    "orders": gettext_lazy("orders"),
    "messages": gettext_lazy("messages"),
    "files": gettext_lazy("pictures and files"),
    "password": gettext_lazy("passwords"),
    "payment": gettext_lazy("payment data"),
}
LETTERS = ("people", "agency")


def letter(breach: Breach, settings: PrivacySettings, to: str) -> bytes:
    """The letter to "people" or to the "agency", in the language of the shop."""
    with override(breach.workspace.language):
        return _letter(breach, settings, to)


def _letter(breach: Breach, settings: PrivacySettings, to: str) -> bytes:
    workspace, language = breach.workspace, breach.workspace.language
    name = settings.business_name or workspace.name
    paper = Paper(str(_("Notice of a failure to protect personal data")))
    paper.heading(name, 14)
    paper.lines(part for part in (settings.address, settings.contact_email, settings.contact_phone) if part)
    paper.gap()
    paper.lines([formats.short_date(clock.now(), workspace.tz, language)])
    paper.gap()
    if to == "agency":
        paper.lines([_("To:"), settings.agency_name or _("The agency for personal data protection")])
        paper.lines(settings.agency_address.splitlines())
    else:
        paper.lines([_("To our customers who are affected")])
    paper.heading(_("Notice of a failure to protect personal data"), 13)
    paper.lines([_("We inform you in writing, as article 46 of Law 27/2022 requires, about the following.")])
    for title, lines in _parts(breach):
        paper.heading(title, 11)
        paper.lines(lines)
    paper.heading(_("Who to ask"), 11)
    paper.lines(
        part for part in (settings.contact_person or name, settings.contact_phone, settings.contact_email) if part
    )
    paper.gap(14)
    paper.lines([settings.contact_person or name, name])
    return paper.finish()


def _parts(breach: Breach) -> Iterable[tuple[str, list[str]]]:
    tz, language = breach.workspace.tz, breach.workspace.language
    moments = [formats.moment(one, tz, language) for one in (breach.happened_from, breach.happened_until) if one]
    happened = " – ".join(dict.fromkeys(moments)) or _("not known yet")
    known = formats.moment(breach.known_at, tz, language)
    data = ", ".join(str(CATEGORY_WORDS[key]) for key in breach.categories if key in CATEGORY_WORDS)
    people = formats.number(breach.people, language) if breach.people is not None else _("not known yet")
    unknown = _("not known yet")
    return (
        (_("Which personal data"), [data or unknown]),
        (
            _("When and how it happened"),
            [
                _("When: %(when)s. We learned of it on %(known)s.") % {"when": happened, "known": known},
                breach.cause or unknown,
            ],
        ),
        (_("How many people"), [people]),
        (_("What may follow"), [breach.risk or unknown]),
        (_("What we have done and will do"), [breach.measures or unknown]),
        (_("What you can do"), [breach.advice or _("Be careful with messages that ask for codes or passwords.")]),
    )
