"""Which of a rig's shape keys answer to which ARKit channel, and what would keep one from moving.

An artist who is told "52 of 52" and then sees a still mouth has been lied to. So a key counts only when
it can move; whatever stops one (a driver, a mute, a pin, an empty key) is listed with what to do about it.
"""

import ast
import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from typing import Literal

from .contract import arkit

Holder = Literal["KEYS", "OBJECT", "DATA"]


@dataclass(frozen=True, order=True)
class Target:
    """One number in the scene that can carry keyframes, by name, so that it outlives references and sessions.

    object  name of the object
    path    data path, starting at the holder: 'key_blocks["jawOpen"].value'
    index   element of an array property, 0 for a single number
    holder  what carries the path: the shape keys of the object's mesh, the object, or the object's data
    """

    object: str
    path: str
    index: int = 0
    holder: Holder = "KEYS"

    @property
    def label(self) -> str:
        """For lists: 'Head · jawOpen'."""
        key = key_of_path(self.path)
        return f"{self.object} · {key or self.path}"


def key_path(key: str) -> str:
    """Data path of a shape key's value, quoted as Blender quotes names."""
    quoted = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'key_blocks["{quoted}"].value'


def key_of_path(path: str) -> str:
    """The shape key's name in a data path made by key_path; '' for any other path."""
    if not (path.startswith('key_blocks["') and path.endswith('"].value')):
        return ""
    return path[len('key_blocks["') : -len('"].value')].replace('\\"', '"').replace("\\\\", "\\")


@dataclass(frozen=True)
class DriverSource:
    """What a driven key listens to: key = slope · source + intercept."""

    target: Target
    slope: float = 1.0
    intercept: float = 0.0


@dataclass(frozen=True)
class KeyInfo:
    """One shape key as found in the scene; the one that all others are relative to is not among them.

    keys        name of the shape-key datablock; objects that share a mesh share it
    source      what its driver listens to, where that is one number and the driver is a straight line
    curve       'muted' or 'locked' when its f-curve is, else ''
    moves       False when it is the same shape as the key it is relative to
    absolute    the mesh blends its keys by time (Relative is off): values have no effect
    pinned      the object shows one key alone, so values have no effect
    """

    object: str
    key: str
    keys: str = ""
    slider_min: float = 0.0
    slider_max: float = 1.0
    driven: bool = False
    source: DriverSource | None = None
    muted: bool = False
    locked: bool = False
    curve: Literal["", "muted", "locked"] = ""
    moves: bool = True
    absolute: bool = False
    pinned: bool = False

    @property
    def target(self) -> Target:
        """Where its value is keyed."""
        return Target(self.object, key_path(self.key))


class Trouble(Enum):
    """What is the matter with a key; the value says what to do, after the key's name."""

    DRIVEN = "has a driver that overrules keyframes; key the driver's source instead, or remove the driver"
    MUTED = "is muted; switch it on in the shape-key list"
    CURVE_MUTED = "has a muted animation curve; unmute it in the Graph Editor"
    CURVE_LOCKED = "has a locked animation curve; unlock it in the Graph Editor"
    ABSOLUTE = "belongs to absolute shape keys; switch Relative on in the shape-key panel"
    PINNED = "is hidden while one shape key is shown alone; switch the pin off in the shape-key panel"
    EMPTY = "moves nothing; sculpt the shape or leave it out"
    LOCKED = "is locked against sculpting; it takes keyframes all the same"
    LIMITED = "has a slider that cuts 0 to 1 short; widen its Range Min and Max for the whole movement"


HARMLESS = frozenset({Trouble.LOCKED, Trouble.LIMITED})


@dataclass(frozen=True)
class Finding:
    """Trouble with one key of one channel. `offer`: what can be keyed in its place."""

    channel: str
    object: str
    key: str
    trouble: Trouble
    offer: DriverSource | None = None

    @property
    def blocks(self) -> bool:
        """Whether the key cannot move at all."""
        return self.trouble not in HARMLESS

    @property
    def message(self) -> str:
        """One sentence for the artist."""
        return f"{self.key} on {self.object} {self.trouble.value}."


@dataclass(frozen=True)
class RigMatch:
    """What a rig can do.

    keys        channel → its keys that can move, in the order found
    unmatched   keys whose name means no channel
    missing     channels with no key at all
    findings    keys that have a channel and cannot, or not fully, move
    candidates  unmatched key's name → channels it resembles, best first; offered, never applied
    """

    keys: dict[str, tuple[KeyInfo, ...]] = field(default_factory=dict)
    unmatched: tuple[KeyInfo, ...] = ()
    missing: tuple[str, ...] = arkit.COEFFICIENTS
    findings: tuple[Finding, ...] = ()
    candidates: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def moving(self) -> tuple[str, ...]:
        """Channels that move at least one key, in contract order."""
        return tuple(name for name in arkit.COEFFICIENTS if name in self.keys)

    @property
    def stuck(self) -> tuple[str, ...]:
        """Channels that have keys, none of which can move."""
        return tuple(n for n in arkit.COEFFICIENTS if n not in self.keys and n not in self.missing)

    @property
    def offers(self) -> tuple[Finding, ...]:
        """Driven keys whose driver's source can be keyed instead."""
        return tuple(finding for finding in self.findings if finding.offer)


def match_rig(found: Iterable[KeyInfo]) -> RigMatch:
    """Sort keys by channel."""
    named, unmatched = _by_channel(_once_a_datablock(found))
    findings = tuple(f for channel, keys in named.items() for key in keys for f in troubles(channel, key))
    stopped = {(f.object, f.key) for f in findings if f.blocks}
    keys = {
        channel: tuple(key for key in named[channel] if (key.object, key.key) not in stopped)
        for channel in arkit.COEFFICIENTS
        if channel in named
    }
    return RigMatch(
        keys={channel: able for channel, able in keys.items() if able},
        unmatched=unmatched,
        missing=tuple(channel for channel in arkit.COEFFICIENTS if channel not in named),
        findings=findings,
        candidates={key.key: alike for key in unmatched if (alike := resembling(key.key))},
    )


def troubles(channel: str, key: KeyInfo) -> list[Finding]:
    """All that keeps one key from following its channel."""
    signs = {
        Trouble.DRIVEN: key.driven,
        Trouble.MUTED: key.muted,
        Trouble.CURVE_MUTED: key.curve == "muted",
        Trouble.CURVE_LOCKED: key.curve == "locked",
        Trouble.ABSOLUTE: key.absolute,
        Trouble.PINNED: key.pinned,
        Trouble.EMPTY: not key.moves,
        Trouble.LOCKED: key.locked,
        Trouble.LIMITED: key.slider_min > 0.0 or key.slider_max < 1.0,
    }
    return [
        Finding(channel, key.object, key.key, trouble, key.source if trouble is Trouble.DRIVEN else None)
        for trouble, there in signs.items()
        if there
    ]


def resembling(key: str) -> tuple[str, ...]:
    """Up to three channels whose name resembles the key's, best first."""
    by_lower = {name.lower(): name for name in arkit.COEFFICIENTS}
    close = difflib.get_close_matches(key.lower(), by_lower, n=3, cutoff=0.7)
    return tuple(by_lower[name] for name in close)


def straight_line(expression: str, variable: str) -> tuple[float, float] | None:
    """(slope, intercept) of a driver's expression in its one variable; None when it is not a straight line.

    Understands numbers, the variable and + − × ÷ only: other drivers are the artist's own affair.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
        at = [_calculated(tree, {variable: x}) for x in (0.0, 1.0, 2.0, 3.0)]
    except (SyntaxError, ValueError, ZeroDivisionError):
        return None
    slope = at[1] - at[0]
    straight = all(abs(b - a - slope) < 1e-9 for a, b in pairwise(at))
    return (slope, at[0]) if straight and slope else None


def _calculated(node: ast.expr, values: dict[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_calculated(operand, values)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _calculated(left, values), _calculated(right, values)
            match op:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return a * b
                case ast.Div():
                    return a / b
    raise ValueError(f"not plain arithmetic: {ast.dump(node)}")


def _once_a_datablock(found: Iterable[KeyInfo]) -> list[KeyInfo]:
    """Objects that share a mesh share its keys: the first object stands for all."""
    seen: dict[tuple[str, str], KeyInfo] = {}
    for key in found:
        seen.setdefault((key.keys or key.object, key.key), key)
    return list(seen.values())


def _by_channel(found: Iterable[KeyInfo]) -> tuple[dict[str, list[KeyInfo]], tuple[KeyInfo, ...]]:
    named: dict[str, list[KeyInfo]] = {}
    unmatched = []
    for key in found:
        channel = arkit.arkit_name(key.key)
        if channel in arkit.COEFFICIENTS:
            named.setdefault(channel, []).append(key)
        else:
            unmatched.append(key)
    return named, tuple(unmatched)
