"""The national ways to write one mobile line, where WhatsApp and the national numbering plan differ. Pure.

Three countries changed their mobile numbers after people had registered them with WhatsApp, which kept the old form:

- Mexico: +52 and ten digits; until 2019 mobiles had a 1 in front of them (+52 1).
- Argentina: mobiles have a 9 after the country code (+54 9), which many people leave out.
- Brazil: mobiles got a ninth digit in front, a 9, after the two digits of the area (2012 to 2016).

Sources: ITU national numbering plans; WhatsApp Cloud API, "Phone numbers" (Brazil and Mexico).
"""

import re

_MEXICO = re.compile(r"\+52(1?)([2-9]\d{9})")
_ARGENTINA = re.compile(r"\+54(9?)([1-8]\d{9})")
_BRAZIL = re.compile(r"\+55([1-9]{2})(9?)([6-9]\d{7})")
COUNTRIES = ("+52", "+54", "+55")
"""Country codes of numbers that may have a variant."""


def variants(phone: str) -> tuple[str, ...]:
    """All ways to write the line of this number (E.164, or as WhatsApp reports it), the number itself first. A number
    without another way is alone."""
    other = ""
    if found := _MEXICO.fullmatch(phone):
        other = f"+52{'' if found[1] else '1'}{found[2]}"
    elif found := _ARGENTINA.fullmatch(phone):
        other = f"+54{'' if found[1] else '9'}{found[2]}"
    elif found := _BRAZIL.fullmatch(phone):
        other = f"+55{found[1]}{'' if found[2] else '9'}{found[3]}"
    return (phone, other) if other else (phone,)


def address_ways(pair: tuple[str, str]) -> list[tuple[str, str]]:
    """All ways to write an address (kind, value), the address itself first. Only numbers (kind "phone") have others."""
    kind, value = pair
    return [(kind, way) for way in variants(value)] if kind == "phone" else [pair]
