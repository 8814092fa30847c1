"""Meta's Cloud API: the official way, for shops that have it (docs/cloud-api.md)."""
