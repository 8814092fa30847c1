"""Pages of the privacy desk: requests, settings and breaches for members, and the public pages."""
