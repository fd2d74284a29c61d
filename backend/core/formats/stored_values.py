"""Values as JSON knows them, each read as what it must be; shared by all that is kept as JSON.

Every reader takes a stored value and the name of its field, and raises ValueError, which shows both.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

Stored = Mapping[str, Any]
Reader = Callable[[object, str], Any]
Part = TypeVar("Part")


def json_of(line: str) -> object:
    """What JSON says; numbers that are none are not JSON. Raises ValueError."""
    try:
        return json.loads(line, parse_constant=_refused)
    except (ValueError, RecursionError) as err:
        raise ValueError(f"no JSON: {err}") from err


def made(kind: Callable[..., Part], stored: Stored, readers: Mapping[str, Reader]) -> Part:
    """A dataclass of its stored fields. What is not needed may be left out; what is not known is refused,
    since it would be lost.
    """
    what = "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in kind.__name__).strip()
    unknown = sorted(set(stored) - set(readers))
    if unknown:
        raise ValueError(f"a {what} has unknown fields: {', '.join(unknown)[:200]}")
    known: Any = fields(kind)  # type: ignore[arg-type]
    needed = (each for each in known if each.default is MISSING and each.default_factory is MISSING)
    lacking = [each.name for each in needed if each.name not in stored]
    if lacking:
        raise ValueError(f"a {what} lacks {', '.join(lacking)}")
    return kind(**{name: readers[name](value, name) for name, value in stored.items()})


def mapping(value: object, name: str) -> Stored:
    """A JSON object."""
    if not isinstance(value, dict):
        raise ValueError(f"{name} is no JSON object")
    return value


def text(value: object, name: str) -> str:
    """A string, which may be empty."""
    if not isinstance(value, str):
        raise ValueError(f"{name} is {str(value)[:100]}, expected a text")
    return value


def number(value: object, name: str) -> float:
    """Whole or not; a truth value is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} is {str(value)[:100]!r}, expected a number")
    try:
        return float(value)
    except OverflowError as err:
        raise ValueError(f"{name} is beyond all numbers") from err


def count(value: object, name: str) -> int:
    """A whole number; a truth value is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} is {str(value)[:100]!r}, expected a whole number")
    return value


def listed(value: object, name: str) -> list[Any]:
    """A JSON array."""
    if not isinstance(value, list):
        raise ValueError(f"{name} is no list")
    return value


def content(value: object, name: str) -> bytes:
    """Of base64."""
    try:
        return base64.b64decode(text(value, name), validate=True)
    except (binascii.Error, ValueError) as err:
        raise ValueError(f"{name} is no base64: {err}") from err


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} is no number")
