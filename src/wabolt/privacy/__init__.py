"""The privacy desk: requests of people about their own data (UU PDP), retention, and letters about a breach.

The room owns DataRequest with its history, the copies that answer a request, the settings and the public privacy page
of a shop, the rules of retention, and Breach. It registers a responder for the words of a request, an origin of
messages that a restriction lets pass, alerts at 24, 48 and 72 hours, personal data, audit words and settings pages.
Start reading with `services/requests.py`. An erasure itself is in `contacts/services/erasing.py`.
"""
