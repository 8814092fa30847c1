"""Reads of the privacy desk. `workspace` is the first argument."""

from wabolt.privacy.queries.breaches import breaches, count_affected, get_breach, notice_text
from wabolt.privacy.queries.contents import Section, lines_of, sections_of
from wabolt.privacy.queries.desk import (
    alert_data,
    get_request,
    held_about,
    is_request,
    is_submitted,
    public_path,
    request_message,
    requests,
    settings_by_slug,
    settings_of,
    steps_of,
    waiting_ticket,
)
from wabolt.privacy.queries.exports import AGAIN_FOR, NOT_LEFT_OUT, digest_of, find_export, is_usable
from wabolt.privacy.queries.notices import Outside, addresses_outside, notices, notices_of, problem_words
from wabolt.privacy.queries.retention import DryRun, chosen_times, cut, dry_run, kept_classes, next_run

__all__ = [
    "AGAIN_FOR",
    "NOT_LEFT_OUT",
    "DryRun",
    "Outside",
    "Section",
    "addresses_outside",
    "alert_data",
    "breaches",
    "chosen_times",
    "count_affected",
    "cut",
    "digest_of",
    "dry_run",
    "find_export",
    "get_breach",
    "get_request",
    "held_about",
    "is_request",
    "is_submitted",
    "is_usable",
    "kept_classes",
    "lines_of",
    "next_run",
    "notice_text",
    "notices",
    "notices_of",
    "problem_words",
    "public_path",
    "request_message",
    "requests",
    "sections_of",
    "settings_by_slug",
    "settings_of",
    "steps_of",
    "waiting_ticket",
]
