from django.db import migrations

# The lines of a menu were part of the text. They are choices of the message now: buttons where a number has them.
_TEXTS_ALONE = """
UPDATE messaging_messagecontent c SET text = a.text FROM autoreply_replyanswer a
 WHERE a.content_id = c.id AND a.choices <> '[]'
"""


class Migration(migrations.Migration):
    dependencies = [("autoreply", "0002_chat_forms"), ("messaging", "0022_importance_and_expiry")]

    operations = [migrations.RunSQL(_TEXTS_ALONE, migrations.RunSQL.noop)]
