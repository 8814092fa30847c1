"""The writes of accounts, for other rooms."""

from wabolt.accounts.services.audit import Actor, record_audit, record_audit_of_installation
from wabolt.accounts.services.challenges import accept_solution, forget_challenges, new_challenge
from wabolt.accounts.services.grants import revoke_invitation
from wabolt.accounts.services.keys import create_api_key, revoke_api_key
from wabolt.accounts.services.links import (
    accept_invitation,
    invite,
    make_sign_in_link,
    use_sign_in_link,
)
from wabolt.accounts.services.members import add_member, change_role, remove_member
from wabolt.accounts.services.opening_times import OpeningTimesDraft, save_opening_times
from wabolt.accounts.services.people import reset_second_factor, set_password, update_profile
from wabolt.accounts.services.visitors import Verdict, admit_visitor, forget_visitors
from wabolt.accounts.services.workspaces import create_workspace, set_up, update_workspace
from wabolt.accounts.visitor_limits import VisitorLimits

__all__ = [
    "Actor",
    "OpeningTimesDraft",
    "Verdict",
    "VisitorLimits",
    "accept_invitation",
    "accept_solution",
    "add_member",
    "admit_visitor",
    "change_role",
    "create_api_key",
    "create_workspace",
    "forget_challenges",
    "forget_visitors",
    "invite",
    "make_sign_in_link",
    "new_challenge",
    "record_audit",
    "record_audit_of_installation",
    "remove_member",
    "reset_second_factor",
    "revoke_api_key",
    "revoke_invitation",
    "save_opening_times",
    "set_password",
    "set_up",
    "update_profile",
    "update_workspace",
    "use_sign_in_link",
]
