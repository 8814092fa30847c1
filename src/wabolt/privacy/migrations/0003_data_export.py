"""Renames the copy of a person's data to data export, the usual term."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("privacy", "0002_pages_of_all_shops")]

    operations = [
        migrations.RenameModel("DataPack", "DataExport"),
        migrations.AlterField(
            "dataexport",
            "request",
            models.ForeignKey(on_delete=models.CASCADE, related_name="exports", to="privacy.datarequest"),
        ),
    ]
