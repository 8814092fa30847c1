"""Links a code to the version of the text that is shown with it. Codes on paper count as printed."""

import django.db.models.deletion
from django.db import migrations, models

FILL = """
UPDATE optin_placement c SET wording_id = p.marketing_wording_id,
       printed_at = CASE WHEN c.medium IN ('poster', 'table', 'card', 'sticker', 'till') THEN c.created_at END
  FROM optin_entrypoint p WHERE p.id = c.point_id;
UPDATE optin_offer o SET wording_id = p.marketing_wording_id FROM optin_entrypoint p WHERE p.id = o.point_id;
SET CONSTRAINTS ALL IMMEDIATE
"""


def _wording(help_text: str, *, null: bool = False) -> models.ForeignKey:
    return models.ForeignKey(
        help_text=help_text,
        null=null,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="consent.wording",
    )


class Migration(migrations.Migration):
    dependencies = [("consent", "0010_rights"), ("optin", "0008_placement")]

    operations = [
        migrations.AddField(
            model_name="placement",
            name="printed_at",
            field=models.DateTimeField(blank=True, help_text="when a file to print was last made", null=True),
        ),
        migrations.AddField(
            model_name="placement",
            name="replaced_at",
            field=models.DateTimeField(blank=True, help_text="null: the present code of its placement", null=True),
        ),
        migrations.AddField("placement", "wording", _wording("the text about promotions", null=True)),
        migrations.AddField("offer", "wording", _wording("the text in the offer", null=True)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            "placement", "wording", _wording("the text about promotions that is shown with this code")
        ),
        migrations.AlterField("offer", "wording", _wording("the text in the offer")),
        migrations.RemoveConstraint(model_name="placement", name="placement_once"),
        migrations.AddConstraint(
            model_name="placement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaced_at", None)),
                fields=("point", "branch", "medium", "staff"),
                name="placement_once",
            ),
        ),
    ]
