"""The writes of accounts, for other rooms."""

from wabolt.accounts.services.audit import (
    Actor,
    record_audit,
    record_audit_of_installation,
    record_audit_of_person,
    record_audits,
)
from wabolt.accounts.services.challenges import forget_challenges
from wabolt.accounts.services.expiring import forget_attempts, forget_sessions
from wabolt.accounts.services.grants import revoke_invitation
from wabolt.accounts.services.keys import create_api_key, note_api_key_use, revoke_api_key
from wabolt.accounts.services.links import (
    accept_invitation,
    invite,
    make_sign_in_link,
    use_sign_in_link,
)
from wabolt.accounts.services.members import add_member, change_role, remove_member
from wabolt.accounts.services.opening_times import OpeningTimesDraft, save_opening_times
from wabolt.accounts.services.people import reset_second_factor, set_password, update_profile
from wabolt.accounts.services.public_forms import (
    FormGuard,
    OpenedForm,
    Refusal,
    challenge_of,
    check_fill,
    check_visitor,
    open_form,
    reopen_form,
    seal_form,
)
from wabolt.accounts.services.visitors import Verdict, admit_visitor, forget_visitors
from wabolt.accounts.services.workspaces import create_workspace, set_up, update_workspace
from wabolt.accounts.visitor_limits import VisitorLimits

__all__ = [
    "Actor",
    "FormGuard",
    "OpenedForm",
    "OpeningTimesDraft",
    "Refusal",
    "Verdict",
    "VisitorLimits",
    "accept_invitation",
    "add_member",
    "admit_visitor",
    "challenge_of",
    "change_role",
    "check_fill",
    "check_visitor",
    "create_api_key",
    "create_workspace",
    "forget_attempts",
    "forget_challenges",
    "forget_sessions",
    "forget_visitors",
    "invite",
    "make_sign_in_link",
    "note_api_key_use",
    "open_form",
    "record_audit",
    "record_audit_of_installation",
    "record_audit_of_person",
    "record_audits",
    "remove_member",
    "reopen_form",
    "reset_second_factor",
    "revoke_api_key",
    "revoke_invitation",
    "save_opening_times",
    "seal_form",
    "set_password",
    "set_up",
    "update_profile",
    "update_workspace",
    "use_sign_in_link",
]
