"""What is kept of an answer that nobody could read."""

import re

LONGEST = 4000
NEWEST = 5
SECRET = re.compile(
    r"""(?i)((?:api[_-]?key|apikey|key|token|secret|passw(?:or)?d|authorization
    |session(?:[_-]?id)?|cookie)["']?
    \s*[:=]\s*["']?(?:(?:bearer|basic)\s+)?)[^"'&\s,}<]+""",
    re.VERBOSE,
)
# What an address asks for, and who logs in there.
QUERY = re.compile(r"(https?://[^\s\"'<>?#]*)[?#][^\s\"'<>]*")
LOGIN = re.compile(r"(?<=://)[^\s/@\"'<>]*@")


def sample_text(body: bytes) -> str:
    """Return the begin of *body* as text, without what looks like a secret."""
    text = body[:LONGEST].decode("utf-8", "replace")
    text = LOGIN.sub("***@", QUERY.sub(r"\1?***", text))
    return SECRET.sub(r"\1***", text)[:LONGEST]
