"""The buffering front between the web server (granian, ASGI) and Django (WSGI).

Django handles a request in a thread. No client may block such a thread, so the front reads the whole request before a
thread starts, and sends the response after the thread has finished. Start reading in `app`.

- `head`: the request headers and the client address, without anything that a client can forge.
- `body`: reads a body within the limit of its route and before a deadline.
- `answer`: collects a response and sends it at the client's speed, with a minimum rate.
- `refusal`: the middleware that renders the page for a refused request.
- `reconnect`: what happens to a request that loses its database connection.
"""
