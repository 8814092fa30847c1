"""Renames the model EntryCode to Placement."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("optin", "0007_door_link")]

    operations = [
        migrations.RemoveIndex("entry", "entry_of_contact"),
        migrations.RenameModel("EntryCode", "Placement"),
        migrations.RenameField("entry", "place", "placement"),
        migrations.AlterField(
            "placement",
            "point",
            models.ForeignKey(on_delete=models.CASCADE, related_name="placements", to="optin.entrypoint"),
        ),
        migrations.AddIndex(
            "entry",
            models.Index(fields=["contact"], include=("point", "placement", "confirmed_at"), name="entry_of_contact"),
        ),
        *(
            operation
            for old, name, fields in (
                ("entry_code_once", "placement_code_once", ("workspace", "code")),
                ("entry_place_once", "placement_once", ("point", "branch", "medium", "staff")),
            )
            for operation in (
                migrations.RemoveConstraint("placement", old),
                migrations.AddConstraint("placement", models.UniqueConstraint(fields=fields, name=name)),
            )
        ),
    ]
