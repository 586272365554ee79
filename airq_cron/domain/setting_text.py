"""
What settings write: numbers, flags, addresses, secrets.

Each parser raises ValueError with a sentence that says what the text must be.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from airq_cron.domain.alert import AirRule, parse_rules, write_rules
from airq_cron.domain.host_name import parse_host
from airq_cron.errors import InvalidError

SHORTEST_KEY = 32


def setting(
    name: str, default: Any, doc: str, parse: Callable[[str], Any] = str
) -> Any:
    """Return the dataclass field of a setting with its environment *name*."""
    return field(default=default, metadata={"env": name, "doc": doc, "parse": parse})


@dataclass(frozen=True, slots=True)
class SettingLine:
    """
    One setting, fit to be shown.

    Attributes:
        value: as its environment name would write it; secrets are `***`; None
            where nothing is set.
        source: `environment`, `file`, `default`, or `instance` for what the
            running instance or its command line chose.
    """

    name: str
    value: str | None
    source: str
    meaning: str


class Secret:
    """A text that does not show itself."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the text itself."""
        return self._value

    def __repr__(self) -> str:
        """Show that something is there, not what."""
        return "***"

    def __eq__(self, other: object) -> bool:
        """Compare by content."""
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        """Hash by content."""
        return hash(self._value)


def flag(text: str) -> bool:
    """Return what a word for yes or no means."""
    lowered = text.strip().lower()
    if lowered not in {"true", "false", "1", "0", "yes", "no"}:
        raise ValueError("must be true or false")
    return lowered in {"true", "1", "yes"}


def number(low: int, high: int) -> Callable[[str], int]:
    """Return a parser of whole numbers from *low* to *high*."""

    def parse(text: str) -> int:
        if re.fullmatch(r"-?\d{1,18}", text.strip(), re.ASCII) is None:
            raise ValueError("must be a whole number")
        if not low <= (value := int(text)) <= high:
            raise ValueError(f"must lie between {low} and {high}")
        return value

    return parse


def share(text: str) -> float:
    """Return a share, above 0 and below 1."""
    if re.fullmatch(r"0?\.\d{1,4}", text.strip(), re.ASCII) is None:
        raise ValueError("must be a number such as 0.1")
    if not 0 < (value := float(text)) < 1:
        raise ValueError("must lie between 0 and 1, both excluded")
    return value


def one_of(*words: str) -> Callable[[str], str]:
    """Return a parser that takes one of *words*."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return text

    return parse


def url(*schemes: str) -> Callable[[str], Secret]:
    """Return a parser of addresses with one of *schemes*."""

    def parse(text: str) -> Secret:
        scheme, separator, _ = text.partition("://")
        if not separator or scheme.split("+")[0] not in schemes:
            raise ValueError(f"must begin with {', '.join(s + '://' for s in schemes)}")
        if not _is_whole(text):
            raise ValueError(
                "is not an address; in its password write % / ? # : and @ as"
                " %25 %2F %3F %23 %3A and %40"
            )
        return Secret(text)

    return parse


def _is_whole(text: str) -> bool:
    """
    Say whether clients read an address as it is meant.

    A slash or hash in a password ends the host too early: what is left of it would
    be taken for a port, which their errors repeat.
    """
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return not parts.netloc or "@" not in parts.path + parts.fragment


def key(text: str) -> Secret:
    """Return a key, of plain characters without spaces."""
    if not all("!" <= letter <= "~" for letter in text):
        raise ValueError("must be of plain characters, without spaces")
    return Secret(text)


def long_key(text: str) -> Secret:
    """Return a key that nobody guesses."""
    if len(text) < SHORTEST_KEY:
        raise ValueError(f"must have at least {SHORTEST_KEY} characters")
    return key(text)


def message_keys(text: str) -> Secret:
    """Return keys that seal messages, with commas or line ends between them."""
    keys = text.replace(",", " ").split()
    if not keys:
        raise ValueError("holds no key; make one with: airq keys new")
    for number, one in enumerate(keys, 1):
        if not _is_message_key(one):
            raise ValueError(
                f"key {number} of {len(keys)} is not one (32 bytes as 44 characters of"
                " url-safe base64); make one with: airq keys new"
            )
    return Secret(",".join(keys))


def _is_message_key(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_-]{43}=", text, re.ASCII) is not None


def web_address(text: str) -> str:
    """Return an http(s) address without a slash at its end."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http:// or https:// address")
    return text.rstrip("/")


def air_alerts(text: str) -> tuple[AirRule, ...]:
    """Return the rules of when bad air raises alerts."""
    try:
        return parse_rules(text)
    except InvalidError as error:
        raise ValueError(f"{error.field} {error.reason}") from error


def host_names(text: str) -> tuple[str, ...]:
    """Return the host names of a list with commas, each as clients send it."""
    return tuple(parse_host(part.strip()) for part in text.split(",") if part.strip())


def plain_redis_url(url: str) -> str:
    """Rewrite the `valkey` schemes, which the clients do not know."""
    for ours, theirs in (("valkey://", "redis://"), ("valkeys://", "rediss://")):
        if url.startswith(ours):
            return theirs + url.removeprefix(ours)
    return url


def redis_url(host: str, port: int, database: int, password: str | None) -> str:
    """Return the address that its parts make up."""
    login = f":{quote(password, safe='')}@" if password else ""
    return f"redis://{login}{host}:{port}/{database}"


def text_of(value: Any) -> str:
    """Return *value* as the environment holds it; its parser reads it back."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Path):
        return str(value.absolute())
    if isinstance(value, tuple):
        if all(isinstance(one, str) for one in value):
            return ",".join(value)
        return write_rules(value)
    return str(value)


def source_of(env: Mapping[str, str], name: str, *, is_default: bool) -> str:
    """Return where the setting *name* comes from; see `SettingLine`."""
    if env.get(name + "_FILE"):
        return "file"
    if env.get(name) or (name == "AIRQ_REDIS_URL" and "BULL_REDIS_HOST" in env):
        return "environment"
    return "default" if is_default else "instance"
