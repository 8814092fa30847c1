# The lanes, conversations and messages.

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import wabolt.lib.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("channels", "0001_initial"),
        ("contacts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Lane",
            fields=[
                (
                    "channel",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="lane",
                        serialize=False,
                        to="channels.channel",
                    ),
                ),
                ("holder", models.CharField(blank=True, max_length=100)),
                ("token", models.BigIntegerField(default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("paused_at", models.DateTimeField(null=True)),
                ("paused_reason", models.CharField(blank=True, max_length=60)),
                ("resume_at", models.DateTimeField(help_text="when a pause ends by itself", null=True)),
                ("next_send_at", models.DateTimeField(help_text="pace: no bulk message before this moment", null=True)),
                (
                    "retry_at",
                    models.DateTimeField(
                        help_text="the provider asked for a rest: nothing at all before this", null=True
                    ),
                ),
                ("day", models.DateField(help_text="the workspace's day that `sent_today` counts", null=True)),
                (
                    "sent_today",
                    models.PositiveIntegerField(default=0, help_text="promotional messages attempted on `day`"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MessageContent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("created_at", models.DateTimeField(default=wabolt.lib.clock.now)),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "direction",
                    models.CharField(choices=[("inbound", "Inbound"), ("outbound", "Outbound")], max_length=8),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("queued", "Queued"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("delivered", "Delivered"),
                            ("read", "Read"),
                            ("failed", "Failed"),
                            ("suppressed", "Not sent"),
                            ("cancelled", "Cancelled"),
                            ("unknown", "Not certain"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[("marketing", "Promotion"), ("service", "Service")], default="service", max_length=10
                    ),
                ),
                (
                    "priority",
                    models.PositiveSmallIntegerField(choices=[(0, "Reply"), (1, "Service"), (2, "Bulk")], default=2),
                ),
                (
                    "origin_kind",
                    models.CharField(help_text='"broadcast", "member", "stop_word", "test" ...', max_length=20),
                ),
                ("origin_id", models.BigIntegerField(null=True)),
                (
                    "variables",
                    models.JSONField(default=dict, help_text="values fixed at queueing, such as the voucher code"),
                ),
                (
                    "text",
                    models.TextField(
                        blank=True, help_text="as the contact sees it; of a content, once it was rendered"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, help_text="why suppressed, failed, cancelled or unknown", max_length=40
                    ),
                ),
                ("detail", models.TextField(blank=True)),
                ("provider_id", models.CharField(max_length=100, null=True)),
                (
                    "lane_token",
                    models.BigIntegerField(help_text="the lease under which the attempt was made", null=True),
                ),
                ("not_before", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=wabolt.lib.clock.now)),
                ("attempted_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="channels.channel",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="contacts.contact",
                    ),
                ),
                (
                    "quoted",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="messaging.message",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.workspace",
                    ),
                ),
                (
                    "content",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="messaging.messagecontent",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PausedOrigin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("origin_kind", models.CharField(max_length=20)),
                ("origin_id", models.BigIntegerField()),
                ("since", models.DateTimeField(default=wabolt.lib.clock.now)),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider_id", models.CharField(max_length=100)),
                (
                    "kind",
                    models.CharField(
                        choices=[("sent", "Sent"), ("delivered", "Delivered"), ("read", "Read"), ("failed", "Failed")],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("detail", models.CharField(blank=True, max_length=200)),
                ("received_at", models.DateTimeField(default=wabolt.lib.clock.now)),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="channels.channel",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="receipts",
                        to="messaging.message",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TrackedLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("url", models.URLField(max_length=2000)),
                (
                    "content",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="messaging.messagecontent"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Click",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=wabolt.lib.clock.now)),
                ("is_bot", models.BooleanField(default=False)),
                ("user_agent", models.CharField(blank=True, max_length=300)),
                (
                    "message",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="clicks",
                        to="messaging.message",
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="clicks", to="messaging.trackedlink"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Conversation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("last_message_at", models.DateTimeField(null=True)),
                ("last_inbound_at", models.DateTimeField(null=True)),
                ("last_text", models.CharField(blank=True, max_length=200)),
                ("unread", models.PositiveIntegerField(default=0)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="channels.channel"
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="conversations", to="contacts.contact"
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["workspace", "-last_message_at"], name="conversation_newest")],
                "constraints": [models.UniqueConstraint(fields=("channel", "contact"), name="conversation_once")],
            },
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("not_before", None), ("state", "queued")),
                fields=["channel", "purpose", "priority", "id"],
                name="message_lane",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("not_before__isnull", False), ("state", "queued")),
                fields=["channel", "not_before"],
                name="message_deferred",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state", "sending")), fields=["channel", "id"], name="message_in_flight"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["contact", "id"], name="message_of_contact"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("attempted_at__isnull", False), ("purpose", "marketing")),
                fields=["contact", "attempted_at"],
                name="message_cap",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("origin_id__isnull", False)),
                fields=["origin_kind", "origin_id", "state"],
                name="message_of_origin",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(condition=models.Q(("quoted__isnull", False)), fields=["quoted"], name="message_quoted"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(condition=models.Q(("author__isnull", False)), fields=["author"], name="message_author"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("provider_id__isnull", False)),
                fields=("channel", "provider_id"),
                name="message_provider_id_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("origin_kind", "broadcast")),
                fields=("origin_id", "contact"),
                name="message_of_broadcast_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="pausedorigin",
            constraint=models.UniqueConstraint(fields=("origin_kind", "origin_id"), name="paused_origin_once"),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                condition=models.Q(("message", None)), fields=["channel", "provider_id"], name="receipt_unmatched"
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(fields=("channel", "provider_id", "kind"), name="receipt_once"),
        ),
        migrations.AddConstraint(
            model_name="trackedlink",
            constraint=models.UniqueConstraint(fields=("content", "position"), name="tracked_link_once"),
        ),
        migrations.AddIndex(
            model_name="click",
            index=models.Index(fields=["message", "at"], name="click_of_message"),
        ),
    ]
