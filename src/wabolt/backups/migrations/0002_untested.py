from django.db import migrations, models

READ_ONLY = """
UPDATE backups_backuprun SET state = 'untested', reason = 'not_tested' WHERE state = 'good' AND checked <> 'restored'
"""


class Migration(migrations.Migration):
    """A backup that was only read is no longer a good one."""

    dependencies = [("backups", "0001_initial")]

    operations = [
        migrations.AlterField(
            "backuprun",
            "state",
            models.CharField(
                choices=[("running", "Running"), ("good", "Good"), ("untested", "Untested"), ("failed", "Failed")],
                default="running",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            "backuprun",
            "step",
            models.CharField(
                choices=[
                    ("writing", "Writing"),
                    ("checking", "Checking"),
                    ("storing", "Storing"),
                    ("comparing", "Comparing"),
                ],
                default="writing",
                max_length=10,
            ),
        ),
        migrations.RunSQL(READ_ONLY, migrations.RunSQL.noop),
        migrations.RemoveField("backuprun", "checked"),
    ]
