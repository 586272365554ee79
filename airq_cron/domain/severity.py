"""How urgent an alert is."""

from enum import StrEnum


class Severity(StrEnum):
    """The value is its name in every interface; the most urgent stands first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the most urgent one."""
        return list(Severity).index(self)

    def at_least(self, other: "Severity") -> bool:
        """Say whether this is as urgent as *other*, or more so."""
        return self.rank <= other.rank
