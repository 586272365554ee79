"""What the parameters of each kind of job look like, read from its dataclass."""

from dataclasses import MISSING, fields
from types import NoneType
from typing import Any, get_args, get_type_hints

from airq_cron.domain.kinds import KINDS, Kind

TYPES: dict[Any, str] = {str: "string", int: "integer", NoneType: "null"}


def params_schema(kind: Kind) -> dict[str, Any]:
    """Return the JSON schema of the parameters that jobs of *kind* take."""
    hints = get_type_hints(kind.params)
    specs = fields(kind.params)
    schema: dict[str, Any] = {
        "title": kind.name,
        "type": "object",
        "properties": {spec.name: {"type": _types(hints[spec.name])} for spec in specs},
        "additionalProperties": False,
    }
    required = [spec.name for spec in specs if spec.default is MISSING]
    return schema | {"required": required} if required else schema


def any_params() -> dict[str, Any]:
    """Return what describes the parameters of a job whose kind is not known yet."""
    return {
        "anyOf": [params_schema(kind) for kind in KINDS.values()],
        "description": "those of the job's kind, by its name; replaced as a whole",
    }


def _types(hint: Any) -> str | list[str]:
    names = [TYPES[one] for one in get_args(hint) or (hint,)]
    return names[0] if len(names) == 1 else names
