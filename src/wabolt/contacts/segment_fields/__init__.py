"""The fields of segments about the contact itself, and the shop's own fields."""

from collections.abc import Iterator

from django.utils.translation import pgettext_lazy as pgettext

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Field
from wabolt.contacts.segment_fields import leaves
from wabolt.contacts.segment_fields.lookups import CITIES, TAGS
from wabolt.lib.segmentation import (
    ContactRows,
    FieldGroup,
    FieldSpec,
    Kind,
    moment,
    named_rows,
    reads,
    register_field_source,
    register_fields,
    register_lookup,
    text,
)

CUSTOM_KINDS = {
    Field.Kind.TEXT: (Kind.TEXT, leaves.custom_text),
    Field.Kind.NUMBER: (Kind.NUMBER, leaves.custom_number),
    Field.Kind.DATE: (Kind.DATE, leaves.custom_date),
    Field.Kind.CHOICE: (Kind.CHOICE, leaves.custom_choice),
    Field.Kind.YES_NO: (Kind.YES_NO, leaves.custom_yes_no),
}
CONTACT = FieldGroup("contact", pgettext("segment", "About the person"), 10)
TAGGED = ContactRows("contacts_contacttag ct", "ct.contact_id")
PHONES = ContactRows("contacts_identity i", "i.contact_id", here="i.workspace_id = %s", where="i.kind = 'phone'")
DATA = frozenset({"contact_created", "contact_updated"})
"""The events of a change of a contact's data."""
OWN = FieldGroup("fields", pgettext("segment", "Your own fields"), 20)


def _text(key: str, label: object, column: str, words: tuple[str, ...], aliases: tuple[str, ...] = ()) -> FieldSpec:
    return FieldSpec(
        key,
        Kind.TEXT,
        "contact",
        label,
        words={"id": words},
        aliases=aliases,
        leaf=text(column),
        tables=reads("c"),
        changed_by=DATA,
    )


def _person() -> Iterator[FieldSpec]:
    yield _text("name", pgettext("segment", "Name"), "c.name", ("nama",))
    yield FieldSpec(
        "city",
        Kind.TEXT,
        "contact",
        pgettext("segment", "City"),
        words={"id": ("kota",)},
        aliases=("lokasi", "location", "town"),
        lookup="city",
        leaf=leaves.city,
        tables=reads("c"),
        changed_by=DATA,
    )
    yield FieldSpec(
        "gender",
        Kind.CHOICE,
        "contact",
        pgettext("segment", "Gender"),
        options=("female", "male"),
        option_labels={"female": pgettext("segment", "female"), "male": pgettext("segment", "male")},
        words={"id": ("jenis kelamin", "kelamin", "jk", "gender")},
        option_words={"id": {"female": ("perempuan", "wanita"), "male": ("laki-laki", "pria")}},
        aliases=("sex",),
        leaf=leaves.gender,
        tables=reads("c"),
        changed_by=DATA,
    )
    yield FieldSpec(
        "age",
        Kind.AGE,
        "contact",
        pgettext("segment", "Age"),
        maximum=150,
        words={"id": ("umur", "usia")},
        unit=pgettext("segment", "years"),
        leaf=leaves.age,
        tables=reads("c"),
        changed_by=DATA,
    )


def _birthday() -> Iterator[FieldSpec]:
    yield FieldSpec(
        "birthday",
        Kind.ANNIVERSARY,
        "contact",
        pgettext("segment", "Birthday"),
        words={"id": ("ulang tahun", "ultah")},
        aliases=("lahir", "birthdate"),
        leaf=leaves.birthday,
        tables=reads("c"),
        changed_by=DATA,
    )
    yield FieldSpec(
        "birthday month",
        Kind.AGE,
        "contact",
        pgettext("segment", "Month of birth"),
        minimum=1,
        maximum=12,
        words={"id": ("bulan lahir",)},
        aliases=("bulan",),
        unit="month",
        leaf=leaves.birthday_month,
        tables=reads("c"),
        changed_by=DATA,
    )


def _record() -> Iterator[FieldSpec]:
    yield _text("source", pgettext("segment", "Source"), "c.source", ("sumber",), ("origin",))
    yield _text("language", pgettext("segment", "Language"), "c.language", ("bahasa",))
    yield _text("email", pgettext("segment", "E-mail"), "c.email", ("email",), ("mail", "surel"))
    yield FieldSpec(
        "created",
        Kind.MOMENT,
        "contact",
        pgettext("segment", "Added to contacts"),
        words={"id": ("ditambahkan", "masuk")},
        aliases=("added", "dibuat", "joined", "bergabung"),
        leaf=moment("c.created_at", nullable=False),
        tables=reads("c"),
        changed_by=DATA,
    )
    yield FieldSpec(
        "tag",
        Kind.TAG,
        "contact",
        pgettext("segment", "Tag"),
        words={"id": ("label",)},
        aliases=("tags", "labels"),
        lookup="tag",
        leaf=named_rows(TAGGED, "ct.tag_id"),
        changed_by=frozenset({"tag_added", "tag_removed"}),
    )
    yield FieldSpec(
        "has phone",
        Kind.FLAG,
        "contact",
        pgettext("segment", "Phone number"),
        words={"id": ("punya nomor",)},
        aliases=("phone", "telepon", "hp"),
        leaf=lambda _condition, _spec, context: PHONES.exist(context, is_broad=True),
        changed_by=DATA | {"contact_moved"},
    )


def custom_field(*, key: str, label: str, kind: str, options: tuple[str, ...] = ()) -> FieldSpec:
    """The spec of a shop's own field. `key`: the bare key, without "field."; `kind`: a value of `Field.Kind`."""
    segment_kind, leaf = CUSTOM_KINDS[Field.Kind(kind)]
    return FieldSpec(
        leaves.CUSTOM_PREFIX + key,
        segment_kind,
        "fields",
        label,
        options,
        words={"id": (f"kolom.{key}",)},
        leaf=leaf,
        tables=reads("c"),
        changed_by=DATA,
    )


def own_fields(workspace: Workspace) -> Iterator[FieldSpec]:
    """The workspace's own fields that are in use. One query."""
    for row in Field.objects.filter(workspace=workspace, archived_at=None):
        options = tuple(map(str, row.choices)) if row.kind == Field.Kind.CHOICE else ()
        yield custom_field(key=row.key, label=row.label, kind=row.kind, options=options)


def register() -> None:
    """Called from `ContactsConfig.ready`."""
    register_fields(CONTACT, *_person(), *_birthday(), *_record())
    register_field_source(OWN, own_fields, DATA)
    register_lookup(TAGS)
    register_lookup(CITIES)
