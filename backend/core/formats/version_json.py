"""A version as one file, card and content together, and decisions as lines: what lies on the shelf and what
is handed on to another artist. JSON alone, so that reading one runs nothing.

The content, a learnt correction, is bytes to us. Its hash stands on the card, and the hash of the card is the
version's id: what was edited or cut off afterwards is refused.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ..curves import names_fingerprint
from ..versions import Decision, Step, Version
from .stored_values import Reader, content, count, json_of, listed, made, mapping, number, text

KIND, VERSION = "superface version", 1
LARGEST = 64 << 20  # bytes of one file
_CHANGED = "it was changed or damaged after it was written"


def version_to_text(version: Version, learnt: bytes) -> str:
    """One file; the same version always gives the same. Raises ValueError where the content is another's."""
    _check_content(version, learnt)
    told = {
        "kind": KIND,
        "version": VERSION,
        "names": names_fingerprint(),
        "id": version.id,
        "card": asdict(version),
        "learnt": base64.b64encode(learnt).decode("ascii"),
    }
    return json.dumps(told, sort_keys=True, indent=1, allow_nan=False) + "\n"


def version_from_text(stored: str) -> tuple[Version, bytes]:
    """The inverse. Raises ValueError, which says what is wrong with the file."""
    told = mapping(json_of(stored), "a version")
    is_of = [str(told.get(name))[:100] for name in ("kind", "version")]
    if is_of != [KIND, str(VERSION)]:
        raise ValueError(f"it is {' '.join(is_of)!r}, expected {f'{KIND} {VERSION}'!r}")
    if told.get("names") != names_fingerprint():
        raise ValueError("it was made for other coefficients: their fingerprint is not ours")
    version = made(Version, mapping(told.get("card"), "the card"), _VERSION)
    if told.get("id") != version.id:
        raise ValueError(f"{_CHANGED}: its card is that of {version.id}, not of {str(told.get('id'))[:100]}")
    learnt = content(told.get("learnt"), "learnt")
    _check_content(version, learnt)
    return version, learnt


def decisions_to_text(decisions: list[Decision]) -> str:
    """What was decided at once, as one file."""
    return json.dumps([asdict(each) for each in decisions], sort_keys=True, indent=1, allow_nan=False) + "\n"


def decisions_from_text(stored: str) -> list[Decision]:
    """The inverse. Raises ValueError."""
    told = listed(json_of(stored), "decisions")
    return [made(Decision, mapping(each, "a decision"), _DECISION) for each in told]


def _check_content(version: Version, learnt: bytes) -> None:
    found = hashlib.sha256(learnt).hexdigest()
    if found != version.content:
        raise ValueError(
            f"{_CHANGED}: what was learnt has the hash {found[:12]}…, not {version.content[:12]}…"
        )


def _by_name(read: Reader) -> Reader:
    def read_all(value: object, name: str) -> dict[str, Any]:
        return {key: read(each, f"{name} {key[:100]}") for key, each in mapping(value, name).items()}

    return read_all


def _figure(value: object, name: str) -> float:
    """A number as it is: were a whole one made a fraction, the card would have another id."""
    number(value, name)
    return value  # type: ignore[return-value]


def _setting(value: object, name: str) -> str | float | bool:
    if isinstance(value, str | bool | int | float):
        return value
    raise ValueError(f"{name} is {str(value)[:100]}, expected a text, a number or a truth value")


def _step(value: object, name: str) -> Step:
    try:
        return Step(text(value, name))
    except ValueError as err:
        raise ValueError(f"{name} is {str(value)[:100]!r}, expected one of {', '.join(Step)}") from err


_VERSION: Mapping[str, Reader] = {
    "base": text, "parent": text, "profile": text, "content": text, "data": text,
    "raters": _by_name(count), "settings": _by_name(_setting), "metrics": _by_name(_figure),
    "regions": _by_name(_by_name(_figure)), "channels": _by_name(_by_name(_figure)),
}  # fmt: skip
_DECISION: Mapping[str, Reader] = {
    "step": _step, "version": text, "region": text, "base": text, "profile": text, "by": text, "why": text,
    "at": number,
}  # fmt: skip
