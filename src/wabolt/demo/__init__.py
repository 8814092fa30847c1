"""The demo shop "Gaya Nusantara" and its simulated customers.

The room owns no models. `wabolt demo` calls `services.load_demo`, where reading starts: it imports the files of `data/`
with the ordinary importers and simulates past weeks (`history.py`) with the ordinary lane, intake and responders.
"""
