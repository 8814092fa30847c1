"""Each table with texts is about a contact, so that `test_erasure_everywhere.py` fills and searches it, or is named
here with its content instead. A new table fails this test until its author has decided."""

from django.apps import apps
from django.db import models

from tests.guards.test_erasure_everywhere import WRITTEN_BY_THEIR_ROOMS, _related

SHOP = "settings and texts of the shop"
MEMBER = "about a member"
PROGRAM = "state of the program"
VENDOR = "about a number of the shop at WhatsApp or Meta"
SEEDED = "tests/guards/test_erasure.py fills it with words of a person"
OTHER = {
    "accounts_workspace": SHOP,
    "accounts_openingtimes": SHOP,
    "accounts_user": MEMBER,
    "accounts_apikey": MEMBER,
    "accounts_invitation": MEMBER,
    "accounts_signinlink": MEMBER,
    "accounts_auditentry": "acts of members, with ids of contacts; the tests search it after a whole walk",
    "accounts_visitorcount": "digests of internet addresses, for some minutes",
    "accounts_usedchallenge": "signatures of proofs of work, for some minutes",
    "alerts_alert": "figures and ids; no data of contacts (`Alert.data`)",
    "alerts_delivery": MEMBER,
    "alerts_channelchoice": MEMBER,
    "alerts_pushdevice": MEMBER,
    "alerts_pushkey": PROGRAM,
    "alerts_mailserver": SHOP,
    "public_address_addressstate": PROGRAM,
    "backups_backupsettings": SHOP,
    "backups_backuprun": PROGRAM,
    "backups_backupcopy": PROGRAM,
    "imports_import": SEEDED,
    "imports_importpart": SEEDED,
    "imports_importrejection": SEEDED,
    "media_mediafile": "files of messages: messaging.inbound.services.files.forget_files",
    "contacts_erasedidentity": "keyed pseudonyms of erased addresses, which the refusal of a later import needs",
    "contacts_tag": SHOP,
    "contacts_field": SHOP,
    "contacts_consumer": PROGRAM,
    "contacts_tally": "sums",
    "channels_channel": VENDOR,
    "channels_cloudaccount": VENDOR,
    "channels_linkednumber": VENDOR,
    "channels_channelcommand": "numbers that were checked: channels.providers.linked.erasing",
    "channels_oldchat": SEEDED,
    "channels_numbercheck": SEEDED,
    "channels_rawevent": SEEDED,
    "channels_simulateddelivery": SEEDED,
    "channels_simulatedreply": SEEDED,
    "channels_simulatedfile": "simulated customers: channels.providers.simulator.erasing",
    "channels_simulatedevent": "simulated customers: channels.providers.simulator.erasing",
    "channels_playedphone": "simulated customers: channels.providers.simulator.erasing",
    "consent_wording": SHOP,
    "consent_consenthead": PROGRAM,
    "consent_keyword": SHOP,
    "consent_suppression": "addresses that stopped; pseudonyms after an erasure (consent.receivers.end_for_erased)",
    "commerce_product": SHOP,
    "messaging_messagecontent": SHOP,
    "messaging_trackedlink": SHOP,
    "messaging_template": VENDOR,
    "messaging_lane": PROGRAM,
    "messaging_pausedorigin": PROGRAM,
    "messaging_pricerate": SHOP,
    "messaging_memberphone": "numbers of members: messaging.member_phones.services.forget_numbers",
    "segments_segment": SHOP,
    "segments_livesegment": SHOP,
    "segments_livereason": SHOP,
    "broadcasts_broadcast": SHOP,
    "journeys_journey": SHOP,
    "journeys_journeyversion": SHOP,
    "journeys_journeystep": SHOP,
    "autoreply_replysettings": SHOP,
    "autoreply_replyrule": SHOP,
    "autoreply_replyanswer": SHOP,
    "autoreply_chatform": SHOP,
    "autoreply_chatformversion": SHOP,
    "optin_entrypoint": SHOP,
    "optin_pagelink": SHOP,
    "optin_placement": SHOP,
    "optin_shopevent": SHOP,
    "optin_giveaway": SHOP,
    "optin_draw": "digests and random numbers of a published draw",
    "privacy_privacysettings": SHOP,
    "privacy_requestticket": "a request that was not sent, for some hours (privacy.services.intake)",
    "privacy_retentionrule": SHOP,
    "privacy_retentionrun": PROGRAM,
    "privacy_breach": "what happened to the shop, as the report to the agency has it",
    "analytics_attribution": "ids and kinds",
    "operations_process": PROGRAM,
    "operations_latestrelease": PROGRAM,
}


def test_every_table_with_texts_is_filled_by_a_test_of_erasure_or_named() -> None:
    filled = {model._meta.db_table for model, _field in _related()} | set(WRITTEN_BY_THEIR_ROOMS)
    texts = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.GenericIPAddressField)
    with_texts = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("wabolt.")
        and any(isinstance(field, texts) and not field.choices for field in model._meta.concrete_fields)
    }
    open_questions = with_texts - filled - {"contacts_contact"} - set(OTHER)
    assert not open_questions, "what of a customer is in it, and what removes it when the customer is erased?"
    assert not set(OTHER) - with_texts, "tables that no longer exist or have no texts"
    assert not set(OTHER) & filled, "a test fills them"
