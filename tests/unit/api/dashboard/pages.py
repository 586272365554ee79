"""What is common to the tests of the pages."""

import re
from html.parser import HTMLParser
from typing import Any

from tests.unit.api.caller import Caller

PERSON = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HOSTILE = "<img src=x onerror=alert(1)>"
VOID = {"img", "source", "meta", "link", "input", "br", "path", "rect"}


class Page(HTMLParser):
    """
    A page taken apart.

    Attributes:
        elements: name and attributes of each.
        open: elements that were begun and not ended; none when all is well.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self._texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID and self.get_starttag_text()[-2:] != "/>":  # type: ignore[index]
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that ends at once."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """End the last one."""
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        """Keep what can be read."""
        self._texts.append(data)

    @property
    def text(self) -> str:
        """What can be read, its white space folded."""
        return " ".join(" ".join(self._texts).split())

    def all(self, tag: str, **attrs: str) -> list[dict[str, str | None]]:
        """Return the elements with this name and these attributes."""
        wanted = {name.replace("_", "-"): value for name, value in attrs.items()}
        return [
            found
            for name, found in self.elements
            if name == tag and wanted.items() <= found.items()
        ]

    def by_id(self, name: str) -> dict[str, str | None]:
        """Return the attributes of the one element with this id."""
        (found,) = [one for _, one in self.elements if one.get("id") == name]
        return found


def see(caller: Caller, path: str, status: int = 200, **given: Any) -> Page:
    """Return the page at *path*, which keeps to what holds for all of them."""
    answer = caller.get(path, headers=PERSON, **given)
    return check(answer, status)


def check(answer: Any, status: int = 200) -> Page:
    """Return the page of an answer, which keeps to what holds for all of them."""
    assert (status, "text/html") == (answer.status_code, answer.mimetype), answer.text
    page = Page(answer.text)
    assert [] == page.open
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for name, attrs in page.elements:
        assert not [one for one in attrs if one.startswith("on")], attrs
        assert "style" not in attrs, attrs
        assert name != "script" or attrs.get("src"), attrs
        for place in ("src", "href", "action", "srcset"):
            assert (attrs.get(place) or "/").startswith(("/", "#", "?")), attrs
    ids = [one for _, attrs in page.elements if (one := attrs.get("id"))]
    assert sorted(set(ids)) == sorted(ids)
    labelled = {one.get("for") for one in page.all("label")}
    for kind in ("input", "select", "textarea"):
        for field in page.all(kind):
            named = field.get("type") == "hidden" or field.get("aria-label")
            assert named or field.get("id") in labelled, field
    assert not re.search(r"\{\{|\{%|Undefined", answer.text)
    return page


def filled(page: Page, form: str) -> dict[str, str]:
    """Return what the form with this id sends while nobody changes anything."""
    sent: dict[str, str] = {}
    inside, choice = False, ""
    for tag, attrs in page.elements:
        name, value = str(attrs.get("name")), attrs.get("value") or ""
        if tag == "form":
            inside = attrs.get("id") == form
        elif inside and tag == "input":
            sent[name] = value
        elif inside and tag == "select":
            choice = name
        elif inside and tag == "option" and ("selected" in attrs or choice not in sent):
            sent[choice] = value
    return sent


def wrong(page: Page) -> dict[str, str | None]:
    """Return the ids of the fields that are marked, with what stands in them."""
    marked = [one for _, one in page.elements if "aria-invalid" in one]
    return {str(one["id"]): one.get("value") for one in marked}


def buttons(page: Page) -> list[str]:
    """Return where the forms of a page send changes, the choice of colours aside."""
    sent = [one["action"] or "" for one in page.all("form", method="post")]
    return [one for one in sent if one != "/theme"]
