"""
JSON lines from standard input to standard output, one answer a line.

Numbers stay decimal on the whole way: what came in as 9.10 goes out as 9.10.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from airq_cron.errors import InvalidError

# About as far as the numbers of other languages reach.
LARGEST_EXPONENT = 300

Document = dict[str, Any]
Answer = Callable[[Mapping[str, Any]], Document]


def answer_lines(answer: Answer, keys: Sequence[str]) -> bool:
    """
    Answer every line, in order; say whether all could be.

    Each line comes back as it was, with what *answer* gives. One that cannot be
    answered comes back with `error`, and with null for each of *keys*, which an
    answer may hold. Blank lines are left out.
    """
    fine = True
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if line.strip():
            text, answered = _answered(line, f"line {number}", answer, keys)
            fine = fine and answered
            sys.stdout.write(f"{text}\n")
            # A program that waits for each answer must not wait for a full buffer.
            sys.stdout.flush()
    return fine


def _answered(
    line: bytes, name: str, answer: Answer, keys: Sequence[str]
) -> tuple[str, bool]:
    question: Document = {}
    try:
        # An answer that comes in again is answered anew.
        stale = {"error", *keys}
        read = _read(line, name)
        question = {key: read[key] for key in read if key not in stale}
        return _dump(question | answer(question)), True
    except InvalidError as error:
        return _dump(question | {"error": str(error)} | dict.fromkeys(keys)), False


def _read(line: bytes, name: str) -> Document:
    try:
        # What JSON has no word for is refused later, by its name.
        found = json.loads(
            line, parse_float=_number, parse_int=_number, parse_constant=str
        )
        # What is nested too deeply to be written must not fail later.
        _dump(found)
    except (ValueError, RecursionError):
        raise InvalidError(name, "is not JSON") from None
    if not isinstance(found, dict):
        raise InvalidError(name, "is not a JSON object")
    return found


def _number(text: str) -> Decimal | str:
    """Return the number, or its text where other readers would take it for none."""
    try:
        value = Decimal(text)
    except ArithmeticError:
        return text
    return value if abs(value.adjusted()) <= LARGEST_EXPONENT else text


def _dump(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(key)}: {_dump(one)}" for key, one in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_dump, value))}]"
    return json.dumps(value)
