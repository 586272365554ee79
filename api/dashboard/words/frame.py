"""What stands on every page."""

from .texts import Words

UNKNOWN = "\u2013"
JUST_NOW = "just now"
AGO, AHEAD = "{} ago", "in {}"
NAV = Words(
    label="Pages",
    skip="Skip to the content",
    overview="Overview",
    jobs="Jobs",
    runs="Runs",
    letters="Dead letters",
    queues="Queues",
    breakers="Breakers",
    alerts="Alerts",
    locations="Locations",
    audit="Audit",
    tokens="Tokens",
    api="API",
    leave="Log out",
)
FRAME = Words(
    name="airq-cron",
    theme="Colours",
    choose="Set",
    sandbox="sandbox: these readings are made up",
    as_of="As of",
    pause="Stop refreshing",
    resume="Refresh again",
    lost="No answer from the server since",
    footer="All instants are UTC unless a zone stands beside them.",
    viewer="You may look; changes need the role operator.",
    more="More",
    back="Back",
    newest="Back to the newest",
    error="This did not work",
    field_error="Nothing was done: see the marked field.",
    any="any",
    filter="Filter",
    unknown="unknown",
    not_json="Not JSON.",
)
THEMES = {"auto": "as the system", "light": "light", "dark": "dark"}
DONE = {
    "theme": "The colours are set.",
    "on": "It is switched on, and looks ahead from now.",
    "off": "It is switched off.",
    "paused": "It is paused.",
    "started": "The run is started.",
    "saved": "It is saved.",
    "made": "The job is made, and looks ahead from now.",
    "added": "It is fetched from the next minute on.",
    "removed": "The place is removed, with everything measured there.",
    "cancelled": "The run is cancelled.",
    "retried": "The run is started again.",
    "discarded": "It is off the list of dead letters.",
    "all-retried": "They are started again.",
    "all-discarded": "They are off the list.",
    "followed": "It is done.",
    "opened": "The breaker is open.",
    "reset": "The breaker is closed.",
    "acknowledged": "You see to it.",
    "silenced": "It is kept.",
    "filling": "The missing hours are being asked for.",
    "revoked": "The token is revoked.",
}
STATES = {
    "CLOSED": "closed",
    "OPEN": "open",
    "HALF_OPEN": "half open",
    "ok": "ok",
    "on": "on",
    "off": "off",
    "never_delivered": "nothing yet",
}
ERRORS = Words(
    title="Error",
    about="{status}: {detail}",
    hint="Go back, or to the overview.",
    refused="Not allowed",
    missing="Not found",
    back="Back to the overview",
)
