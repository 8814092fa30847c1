"""A WhatsApp server on loopback that real linked-device clients pair with and talk through (see README.md)."""
