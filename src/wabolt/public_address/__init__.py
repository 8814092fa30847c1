"""The public address of the installation: whether it answers, its certificate, and what to do if it does not.

The room owns the self-check (`services/checking.py`), the sentences for every problem (`words.py`), the page "Public
address" and two kinds of alert. Room `site` serves the address (`site/caddy`) and reports problems of ports, DNS and
certificates here. `lib.public_address` says who can open an address by its form. Start reading in `rules.py`.
"""
