"""The pure decisions of automatic replies: what a message says, which rule answers, and whether it may answer now."""
