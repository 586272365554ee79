"""The pages of admins: the audit trail, and tokens."""

import pytest

from airq_cron.domain.role import Role
from airq_cron.ports import AuditEntry
from airq_cron.services.issue_token import create_token
from airq_cron.services.manage_tokens import list_tokens
from airq_cron.system import System
from tests.unit.api.caller import Caller
from tests.unit.api.dashboard.pages import HOSTILE, PERSON, check, see


def token_id(system: System, name: str) -> str:
    """Return the id of the token of this name."""
    (found,) = [one.id for one in list_tokens(system.store) if one.name == name]
    return found


def record(system: System, entry: AuditEntry) -> None:
    """Add an entry to the trail."""
    system.store.write(lambda unit: unit.audit.record(entry))


def test_the_trail_tells_who_changed_what(admin: Caller, system: System):
    """Name by name, before and after, as text."""
    entry = AuditEntry(
        HOSTILE, "job.update", "job:x", {"note": HOSTILE}, {"note": 3}, HOSTILE
    )
    record(system, entry)
    page = see(admin, "/audit?subject=job:x")

    assert 3 == page.text.count(HOSTILE)
    assert [] == page.all("img", src="x")
    assert "job.update" in page.text
    assert "No entry fits." in see(admin, "/audit?actor=nobody").text


def test_a_long_trail_comes_in_pages(admin: Caller, system: System):
    """Each entry once."""
    for number in range(60):
        entry = AuditEntry("me", "job.update", f"job:{number}")
        record(system, entry)
    first = see(admin, "/audit?actor=me")
    (more,) = first.all("a", rel="next")
    rest = see(admin, f"/audit{more['href']}")

    assert 60 == sum(
        "data-entry" in one for page in (first, rest) for one in page.all("tr")
    )


def test_a_token_is_made_and_its_secret_shown_once(admin: Caller, system: System):
    """In the answer, and in no other."""
    form = {"name": HOSTILE, "role": "viewer", "expires_at": ""}
    answer = admin.post("/tokens", data=form, headers=PERSON)
    page = check(answer)
    secret = answer.text.partition('<pre id="secret">')[2].partition("<")[0]

    assert secret.startswith("airq_")
    assert [] == page.all("img", src="x")
    again = admin.get("/tokens", headers=PERSON)
    assert secret not in again.text
    assert token_id(system, HOSTILE)
    assert "no-store" == answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": "", "role": "viewer"}, "name"),
        ({"name": "x", "role": "king"}, "role"),
        ({"name": "x", "role": "viewer", "expires_at": "soon"}, "expires-at"),
        ({"name": "x", "role": "viewer", "expires_at": "2000-01-01T00:00:00Z"}, ""),
        ({"name": "admin", "role": "viewer"}, "name"),
    ],
)
def test_a_token_that_cannot_be_is_refused_at_its_field(
    admin: Caller, form: dict[str, str], field: str
):
    """And no secret is shown."""
    answer = admin.post("/tokens", data=form, headers=PERSON)
    page = check(answer, 409 if form["name"] == "admin" else 422)

    wrong = [one["id"] for _, one in page.elements if "aria-invalid" in one]
    assert [f"token-{field or 'expires-at'}".replace("-at", "_at")] == wrong
    assert "airq_" not in page.text


def test_a_token_is_revoked(admin: Caller, system: System):
    """But not the one in use."""
    at = system.clock.now()
    create_token(system.store, name="ci", role=Role.VIEWER, at=at)
    mine = token_id(system, "admin")
    answer = admin.post(f"/tokens/{token_id(system, 'ci')}/revoke", data={"x": ""})
    own = admin.post(f"/tokens/{mine}/revoke", data={"x": ""}, headers=PERSON)

    assert "/tokens?done=revoked" == answer.location
    assert check(own, 409).all("p", role="alert")
    page = see(admin, "/tokens")
    assert {"active", "revoked"} == {
        one["data-state"] for one in page.all("tr") if "data-state" in one
    }


@pytest.mark.parametrize("path", ["/audit", "/tokens"])
def test_these_pages_are_for_admins(viewer: Caller, operator: Caller, path: str):
    """Others have no entry for them, and get 403."""
    for caller in (viewer, operator):
        assert [] == see(caller, "/").all("a", href=path)
        check(caller.get(path, headers=PERSON), 403)
