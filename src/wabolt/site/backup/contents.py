"""The content of a backup: rows, no statements, and no secret that signs a person in.

Each table is left out, sealed or plain. tests/guards/test_backup_contents.py requires a decision about every column
whose name looks like a secret.
"""

LEFT_OUT = frozenset(
    {
        "accounts_invitation",  # one-time links: a restore must not make a revoked one valid
        "accounts_signinlink",
        "account_emailconfirmation",
        "public_address_addressstate",  # what was found out about the address of the machine that made the backup
        "accounts_visitorcount",  # rate limits of visitors
        "accounts_usedchallenge",  # proofs of work of visitors, valid for minutes
        "django_migrations",  # the restore writes it while it builds the tables
        "django_session",
        "operations_process",  # signs of life of processes that ran then
        "site_cache",  # rate limits, as pickled values that a restore must never load
    }
)
"""Tables whose rows are in no backup and are never read by a restore."""

SEALED = frozenset(
    {
        "accounts_apikey",  # SHA-256 of each key
        "accounts_user",  # password hashes
        "alerts_mailserver",  # passwords, encrypted with secrets-key
        "alerts_pushdevice",  # addresses and secrets of browsers
        "alerts_pushkey",  # the private key that signs notifications, encrypted with secrets-key
        "backups_backupsettings",  # the secret of a storage and a key that is not confirmed, encrypted with secrets-key
        "channels_cloudaccount",  # tokens, encrypted with secrets-key
        "channels_linkednumber",  # the QR text or pairing code while a number is being linked
        "mfa_authenticator",  # TOTP secrets and the seed of recovery codes
    }
)
"""Tables whose rows a backup holds only inside `keys.age`, encrypted a second time for the recovery key. The rest of a
decrypted backup can be read without revealing them.

`keys.age` also holds the keys of the home folder (`secret-key`, `secrets-key`, `erasure-key`). No backup holds the
session keys of linked numbers (schema whatsmeow): WhatsApp does not accept a session that went back in time, and
linking again takes one scan.
"""
