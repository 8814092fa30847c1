"""A scripted fake of Meta's Graph API, over real HTTP on loopback."""
