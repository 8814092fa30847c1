"""A guest of an event over Meta's Graph API: it takes no calendar files, so the text leads to the file."""

import re
from datetime import time as clock_time
from datetime import timedelta

import pytest
from django.test import Client
from icalendar import Calendar

from tests.cloud.conftest import make_cloud, post
from tests.graph import webhooks
from tests.graph.server import GraphServer
from wabolt.accounts.tests.factories import make_workspace
from wabolt.consent.services import create_defaults
from wabolt.lib import clock
from wabolt.messaging import services
from wabolt.messaging.services import process_raw_events
from wabolt.optin.events.tests.factories import make_event
from wabolt.optin.models import Registration
from wabolt.optin.services import Submission, submit_entry

pytestmark = pytest.mark.django_db


def test_the_confirmation_leads_to_the_calendar_file(graph: GraphServer, client: Client) -> None:
    workspace = make_workspace("Gaya Nusantara")
    create_defaults(workspace=workspace)
    channel = make_cloud(workspace, quiet_from=clock_time(0), quiet_until=clock_time(0))
    event = make_event(channel, title="Kelas membatik", starts_at=clock.now() + timedelta(days=3))
    form = submit_entry(placement=event.point.placements.get(), submission=Submission(answers={"name": "Ayu"}))
    at = int(clock.now().timestamp())
    post(channel, webhooks.message("wamid.in", phone="6281200000001", at=at, body=f"Daftar #{form.code}"))
    process_raw_events(channel)
    services.work_lane_once(channel)
    [sent] = graph.bodies
    assert sent["type"] == "text", "Meta takes no text/calendar as a document"
    [path] = re.findall(r"https?://[^/\s]+(/m/\S+/t/[0-9A-Z]{8}/)", sent["text"]["body"])
    html = client.get(path).content.decode()
    [calendar] = re.findall(r'href="([^"]+acara\.ics)"', html)
    answer = client.get(calendar)
    assert answer["Content-Type"].startswith("text/calendar")
    [entry] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert str(entry["SUMMARY"]) == "Kelas membatik"
    assert Registration.objects.get().ticket in str(entry["DESCRIPTION"])
    assert client.get(calendar.replace("/t/", "/t/X")).status_code == 404
