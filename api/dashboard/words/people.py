"""What the pages of the audit trail and of tokens say."""

from .texts import Words

AUDIT = Words(
    title="Audit",
    when="When",
    actor="Who",
    action="Did",
    subject="To what",
    change="Change",
    address="From",
    none="No entry fits.",
    nothing="Nothing has been changed yet.",
)
TOKENS = Words(
    title="Tokens",
    new="New token",
    name="Name",
    name_hint="Who or what it is for",
    role="Role",
    expires="Expires",
    expires_hint="Empty: never",
    make="Make it",
    issued="The token of {}",
    once="Keep it now: it is not shown again.",
    state="State",
    made="Made",
    used="Last used",
    never="never",
    act="Do",
    revoke="Revoke",
    yours="the one you use",
)
ROLES = {
    "viewer": "viewer: looks",
    "operator": "operator: also runs, pauses, retries",
    "admin": "admin: also defines jobs and tokens",
}
