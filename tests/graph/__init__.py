"""Meta's Graph API as far as we use it, over real HTTP on loopback, doing what a test tells it to."""
