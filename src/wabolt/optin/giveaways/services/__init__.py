"""The writes of giveaways."""

from wabolt.optin.giveaways.services.contests import publish_result, score_entry
from wabolt.optin.giveaways.services.draws import draw_winners, drop_winner, lock_draw
from wabolt.optin.giveaways.services.entering import answer_words, take_part
from wabolt.optin.giveaways.services.restoring import carry_giveaways, warn_about_draws
from wabolt.optin.giveaways.services.setting_up import GiveawayDraft, create_giveaway, update_giveaway

__all__ = [
    "GiveawayDraft",
    "answer_words",
    "carry_giveaways",
    "create_giveaway",
    "draw_winners",
    "drop_winner",
    "lock_draw",
    "publish_result",
    "score_entry",
    "take_part",
    "update_giveaway",
    "warn_about_draws",
]
