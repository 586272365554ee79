"""Texts by name."""


class Words:
    """The texts of one page, each by a name."""

    def __init__(self, **texts: str) -> None:
        vars(self).update(texts)

    def __getattr__(self, name: str) -> str:
        """Raise AttributeError: there is no text of this name."""
        raise AttributeError(name)
