"""Texts with the data of a contact, in Liquid with limits. A text is data and is never executed as code."""

from wabolt.lib.personal_values import Variable
from wabolt.personalization.links import find_links, link_key, link_url, links_are_public, sample_url, shortens_links
from wabolt.personalization.rules.links import read_token
from wabolt.personalization.rules.visitors import is_machine
from wabolt.personalization.short_names import readable
from wabolt.personalization.stop_line import ensure_stop_line
from wabolt.personalization.texts import (
    MAX_TEXT,
    Compiled,
    RenderError,
    compile_text,
    plain_newlines,
    preview,
    validate_text,
)
from wabolt.personalization.variables import (
    Shop,
    known_variables,
    load_values,
    person_of,
    shop_of,
    variables_of_any_message,
)

__all__ = [
    "MAX_TEXT",
    "Compiled",
    "RenderError",
    "Shop",
    "Variable",
    "compile_text",
    "ensure_stop_line",
    "find_links",
    "is_machine",
    "known_variables",
    "link_key",
    "link_url",
    "links_are_public",
    "load_values",
    "person_of",
    "plain_newlines",
    "preview",
    "read_token",
    "readable",
    "sample_url",
    "shop_of",
    "shortens_links",
    "validate_text",
    "variables_of_any_message",
]
