"""What a backup holds: rows, no statements, and nothing that signs anyone in.

Every table falls into one of three groups. A guard (tests/guards) names each column that looks like a secret and asks
for a decision here.
"""

LEFT_OUT = frozenset(
    {
        "accounts_invitation",  # one-time links: a restore must not bring a revoked one back
        "accounts_signinlink",
        "account_emailconfirmation",
        "django_migrations",  # written anew while the tables are built
        "django_session",
        "site_cache",  # rate limits, and pickled values that a restore must never load
    }
)
"""Tables whose rows a backup does not hold and a restore never takes."""

SEALED = frozenset(
    {
        "accounts_apikey",  # SHA-256 of each key
        "accounts_user",  # password hashes
        "channels_cloudaccount",  # tokens, encrypted with secrets-key
        "channels_linkednumber",  # QR text or pairing code of a linking under way
        "mfa_authenticator",  # TOTP secrets and the seed of recovery codes
    }
)
"""Tables whose rows are in a backup only inside `keys.age`, encrypted a second time for the owner's recovery key. An
unpacked backup may be looked at without it.

The keys of the home folder (`secret-key`, `secrets-key`, `erasure-key`) are there too. The session keys of linked
numbers (schema whatsmeow) are in no backup: WhatsApp treats a session that went back in time as an attack, and a number
is linked again with one scan.
"""
