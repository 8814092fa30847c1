"""The public web server: Caddy in front of our own web processes (`wabolt up --domain`).

Caddy obtains and renews the certificate, terminates TLS and HTTP/2, compresses, and redirects http to https. It runs as
one supervised process. `names.py` remembers the domain, `config.py` makes Caddy's configuration, `process.py` runs it,
`log.py` reads its log, and `preflight.py` checks ports and DNS before the start.
"""
