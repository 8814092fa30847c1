"""The provider for Meta's Cloud API (docs/cloud-api.md). Start reading in `provider` and `webhook`."""
