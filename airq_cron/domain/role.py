"""Who may do what: three roles, each containing the one before."""

from enum import StrEnum


class Role(StrEnum):
    """What the holder of a token may do."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        """Say whether this role may do what *needed* may do."""
        order = list(Role)
        return order.index(self) >= order.index(needed)
