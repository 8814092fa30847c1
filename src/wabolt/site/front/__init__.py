"""The buffering front between the web server (granian, ASGI) and Django (WSGI).

Django works on a request in a thread. The front makes sure that no client can hold such a thread: it reads the whole
request before a thread starts and sends the response after the thread has finished. Start reading in `app`.

- `head`: the request's headers and the caller's address, cleaned of what a client may forge.
- `body`: reads a body within the limit of its route and before a deadline.
- `answer`: collects a response and sends it at the client's speed, with a minimum rate.
- `refusal`: the middleware that renders the page for a request that the front refused.
"""
