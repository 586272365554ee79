"""What is kept of an answer that nobody could read."""

import re

LONGEST = 4000
NEWEST = 5
SECRET = re.compile(
    r"""(?i)((?:api[_-]?key|apikey|key|token|secret|password|authorization)["']?
    \s*[:=]\s*["']?(?:bearer\s+)?)[^"'&\s,}<]+""",
    re.VERBOSE,
)


def sample_text(body: bytes) -> str:
    """Return the begin of *body* as text, without what looks like a secret."""
    text = body[:LONGEST].decode("utf-8", "replace")
    return SECRET.sub(r"\1***", text)
