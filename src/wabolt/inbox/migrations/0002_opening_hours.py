from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def move(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Moves the opening hours to accounts, where automatic replies use them too."""
    opening_times = apps.get_model("accounts", "OpeningTimes")
    for row in apps.get_model("inbox", "AnswerTime").objects.all():
        hours = [[f"{row.opens:%H:%M}", f"{row.closes:%H:%M}"]]
        week = {str(day): hours for day in row.days or range(7)}
        opening_times.objects.get_or_create(workspace_id=row.workspace_id, defaults={"week": week})


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0001_answer_time"),
        ("accounts", "0006_opening_times"),
    ]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.RemoveField("answertime", "opens"),
        migrations.RemoveField("answertime", "closes"),
        migrations.RemoveField("answertime", "days"),
    ]
