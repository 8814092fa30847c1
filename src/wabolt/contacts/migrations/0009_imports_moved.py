from django.db import migrations


class Migration(migrations.Migration):
    """The tables belong to the room `imports`, whose first migration renamed them."""

    dependencies = [("contacts", "0008_keyed_erasures"), ("imports", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel("ImportRejection"),
                migrations.DeleteModel("ImportPart"),
                migrations.DeleteModel("Import"),
            ]
        )
    ]
