"""Error texts about backups: what happened, and what to do."""

from collections.abc import Callable

from django.utils.translation import gettext


def _(text: str) -> str:
    """Marks a text for translation. Django's `gettext_noop` needs the settings, which a new machine lacks."""
    return text


REASONS = {
    "disk_full": _("The disk is full. Make room on it; the older backups are all still there."),
    "file_too_big": _("The disk cannot hold files of this size. Choose another folder."),
    "disk_broken": _("The disk cannot be read or written. It may be broken: choose another folder."),
    "disk_error": _("The folder could not be used (%(detail)s)."),
    "folder_gone": _("The folder %(detail)s is not there. If it is on a USB disk, plug the disk in."),
    "folder_denied": _("WABolt may not write into %(detail)s. Choose another folder or allow it."),
    "folder_system": _(
        "%(detail)s belongs to the computer's system. Choose a folder on a USB disk or in your own home."
    ),
    "folder_ours": _("WABolt keeps its own data in %(detail)s. Choose another folder, or leave the field empty."),
    "no_place": _("No place for backups is chosen. Choose a folder or a storage."),
    "s3_denied": _("The storage refuses the key (%(detail)s). Compare the key ID and the secret."),
    "s3_no_bucket": _("The storage has no bucket of this name (%(detail)s)."),
    "s3_unreachable": _("The storage cannot be reached (%(detail)s). WABolt tries again by itself."),
    "s3_slow": _("The storage did not answer within %(detail)s seconds. Compare the address, then try again."),
    "s3_full": _("The storage is full (%(detail)s). Make room there or order more."),
    "s3_other": _("The storage gave an unexpected answer (%(detail)s)."),
    "s3_address": _("“%(detail)s” is not an address of the form s3://bucket/folder."),
    "clock_wrong": _("The clock of this computer is wrong, so the storage refuses us. Set the clock."),
    "copy_gone": _("The file is no longer there: %(detail)s"),
    "secret_lost": _("The secret of the storage cannot be opened any more. Type it again under Settings."),
    "interrupted": _("The backup was interrupted. WABolt makes it again by itself."),
    "copy_differs": _(
        "The copy in %(detail)s differed from the backup when it was read back, so it was deleted. If this"
        " happens again, use another disk or storage."
    ),
    "no_room_to_test": _("The backup is stored but not tested: the test needs %(detail)s of free space on the disk."),
    "no_right_to_test": _(
        "The backup is stored but not tested: the user of the database may not create a database for the test"
        " (ALTER ROLE … CREATEDB allows it)."
    ),
    "slow_to_test": _("The backup is stored but not tested: the test took longer than %(detail)s hours."),
    "not_tested": _("The backup is stored but not tested."),
    "check_failed": _("The backup did not pass its check, so it was deleted (%(detail)s)."),
    "database": _("The database did not answer (%(detail)s). WABolt tries again by itself."),
    "no_key": _("WABOLT_BACKUP_RECIPIENTS does not contain age recipients (age1...), separated by commas."),
    "unexpected": _("Something unexpected happened (%(detail)s). The log of the worker has the details."),
}
"""{code: sentence}. `%(detail)s` is a path, a bucket or a short code."""


def sentence(reason: str, detail: str, translate: Callable[[str], str] = gettext) -> str:
    """Returns the error text for a stored reason, translated by `translate`."""
    return translate(REASONS.get(reason, REASONS["unexpected"])) % {"detail": detail or "–"}
