"""The topics of the help: tasks of an owner, in a few steps."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Topic:
    """A task of an owner. `steps` answers `question` in order; `note` adds one fact; `action` is the label of the
    button that leads to the page `url_name`."""

    key: str
    icon: str
    title: Promise
    question: Promise
    steps: tuple[Promise, ...]
    note: Promise
    action: Promise
    url_name: str


TOPICS = (
    Topic(
        "number", "brand-whatsapp", _("Link a number"), _("How do I connect the shop's WhatsApp?"),
        (
            _("Open WhatsApp numbers and choose Add a number, then “Link a WhatsApp number”."),
            _("On the shop's phone open WhatsApp, the three dots, Linked devices, Link a device."),
            _("Scan the code that WABolt shows. If there is only one phone, use the eight characters instead."),
            _("Wait until the card turns green. Keep the phone charged and online at least once every two weeks."),
        ),
        _("A new number starts slowly: it may send a little more every day. That protects it from being blocked."),
        _("To WhatsApp numbers"), "channels:list",
    ),
    Topic(
        "import", "upload", _("Import customers"), _("How do I bring the list I already have?"),
        (
            _("Save your list as Excel or CSV. Exports of tills, marketplaces and phone contacts work as they are."),
            _("Open Contacts, Import, and choose the file. WABolt guesses the columns; correct what is wrong."),
            _("Say where and how these people agreed to get promotions. Without that they are stored, not written to."),
            _("Look at the result. Rows that could not be read can be downloaded, corrected and imported again."),
        ),
        _("Importing the same file twice does not create anybody twice."),
        _("Import a list"), "imports:new",
    ),
    Topic(
        "permission", "shield-check", _("Permission"), _("Who may get promotions from me?"),
        (
            _("Only people who said yes: with a form, at the till, or by writing JOIN to your number."),
            _("Every yes is kept with its wording, place and time. You find it on the page of the contact."),
            _("Answers to questions and messages about an order need no permission."),
        ),
        _("Writing to people who never agreed is the fastest way to lose a number."),
        _("See the contacts"), "contacts:list",
    ),
    Topic(
        "ways-in", "user-plus", _("New customers by themselves"), _("How do customers join my list without my typing?"),
        (
            _("Open Ways in, Make a way in, and choose: QR at the till, form, link in bio, event, giveaway or chat."),
            _("Say in one sentence what they get. A voucher can be sent as soon as they have joined."),
            _("Print the QR kit, or share the link. Each branch and each member of staff can have a code of its own."),
            _("The customer sends the ready message from their own WhatsApp. That message is the proof of their yes."),
        ),
        _("The page of a way in shows which poster and which member of staff brings buyers, in rupiah."),
        _("To the ways in"), "optin:list",
    ),
    Topic(
        "events", "calendar-event", _("Events and registrations"), _("How do I fill a class without a list on paper?"),
        (
            _("Open Ways in, Make a way in, Event. Fill in time, place and the number of seats."),
            _("Share the link. A seat is taken when the guest's message arrives, so it is never given out twice."),
            _("When it is full, guests wait in line. A free seat is offered to the next one by itself."),
            _("On the day open the page for the door: search the name, or scan the code with the camera."),
        ),
        _("Reminders go out the day before and one hour before. Promotions are asked for separately."),
        _("Make a way in"), "optin:choose",
    ),
    Topic(
        "giveaways", "gift", _("Giveaways"), _("How do I give something away to people who write to me?"),
        (
            _("Open Ways in, Make a way in, Giveaway. Choose a word of your own, for example BATIK."),
            _("Everyone who writes the word gets the reward, one per person, until the stock is used up."),
            _("For a contest, people send a photo, and your team gives points. Names stay hidden while you judge."),
            _("A draw needs the number of a permit. Without one, give the reward to everyone or judge the entries."),
        ),
        _("Taking part is no permission for promotions. WABolt asks for it afterwards, once."),
        _("Make a way in"), "optin:choose",
    ),
    Topic(
        "replies", "messages", _("Auto-replies"), _("How does my number answer by itself?"),
        (
            _("Open Auto-replies and choose an example, such as prices or opening hours."),
            _("Write the words that customers write, and the answer. Short forms and typos are understood."),
            _("Try it: write as a customer would, and see which rule answers and why."),
            _("To ask for birthdays or sizes, make a chat form and start it with a word."),
        ),
        _("A person always comes first: when you answer, auto-replies pause in that conversation."),
        _("To auto-replies"), "autoreply:list",
    ),
    Topic(
        "live", "users-group", _("A segment that is always up to date"), _("Who has just become a good customer?"),
        (
            _("Open a segment, for example “bought at least 3 times”, and switch on Always up to date."),
            _("WABolt goes through all contacts once. Then it notes within seconds who comes in and who leaves."),
            _("The page shows how many came in and left in the last 7 days, and so does the history of each contact."),
            _("A journey that begins when a contact comes into a segment switches this on by itself."),
        ),
        _("A contact who leaves and is back within 10 minutes has not left, and a changed segment starts no journey."),
        _("To the segments"), "segments:list",
    ),
    Topic(
        "broadcast", "speakerphone", _("Send a broadcast"), _("How do I write to many customers at once?"),
        (
            _("Make a segment: who should get it, for example people in Bandung who bought twice."),
            _("Open Broadcast, New broadcast. Write the text and tap words such as “First name” to make it personal."),
            _("On the check page see who gets it, who does not and why. Send yourself a trial first."),
            _("Send now or choose a time. The report shows who read, clicked and bought."),
        ),
        _("Messages wait during quiet hours and go out by themselves in the morning."),
        _("New broadcast"), "broadcasts:new",
    ),
    Topic(
        "stop", "ban", _("When a customer writes STOP"), _("What happens when somebody does not want promotions?"),
        (
            _("WABolt notes it at once, cancels what was still waiting for this person and confirms with one message."),
            _("They get no promotions any more, whatever a later import says. Questions can still be answered."),
            _("Only they themselves can come back, by writing JOIN."),
        ),
        _("You can add your own stop words under Settings."),
        _("To the inbox"), "inbox:list",
    ),
    Topic(
        "automation", "bolt", _("Messages that go out by themselves"),
        _("How does my shop say hello, congratulate and remind without me?"),
        (
            _("Open Automation and tap a journey, for example Welcome. It opens as a line of cards."),
            _("Read the message. Tap a card to change it, tap + to add a step, drag the cards or use their menu."),
            _("Tap Check and publish. The test run shows each message, its time, and why; nothing is sent yet."),
            _("Publish. Afterwards each card shows how many customers came, wait, read and answered."),
        ),
        _("Pause holds all customers where they are. Nobody is skipped, and no step is sent twice."),
        _("To automation"), "journeys:list",
    ),
    Topic(
        "phone", "device-mobile", _("Lost or changed phone"), _("The shop's phone is gone. What now?"),
        (
            _("Sign in to WhatsApp on the new phone with the same number. The old phone is signed out by that."),
            _("Open WhatsApp numbers: the number shows that it was unlinked. Messages that wait are kept."),
            _("Link it again as on the first day. Sending goes on where it stopped."),
            _("If the phone was stolen, change your WABolt password too and look at Who did what."),
        ),
        _("A phone with another number is a new number: link it and archive the old one."),
        _("To WhatsApp numbers"), "channels:list",
    ),
    Topic(
        "data", "shield-lock", _("A customer asks about their data"),
        _("Somebody wants to see or delete their data. What now?"),
        (
            _("They write DATA SAYA or HAPUS DATA in the chat, or use your privacy page. You get an alert."),
            _("Open Settings, Privacy. The request says what to do and how much of the 3 × 24 hours is left."),
            _("Look at what goes out or what will be erased, then confirm. The answer goes to the same chat."),
            _("After an erasure delete the chat on the shop's phone by hand."),
        ),
        _("Only the WhatsApp number that asks gets the answer, so nobody can ask for another person's data."),
        _("To the requests"), "privacy:list",
    ),
)  # fmt: skip


def topic_of(key: str) -> Topic | None:
    """Returns the topic with this key."""
    return next((topic for topic in TOPICS if topic.key == key), None)
