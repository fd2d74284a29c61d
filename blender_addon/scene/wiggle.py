"""Shows what a channel moves by moving it, twice there and back, and leaves every value as it was.

One wiggle at a time. Whoever starts it calls `show` from a timer; saving, loading, undoing and rendering end
it first, so that no preview value is ever kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, pi
from typing import Any

import bpy
import numpy as np
from bpy.app.handlers import persistent

from ..mapping import Binding
from ..rig_matching import Target
from .targets import owner_of, read_value, value_exists, write_value

PERIOD = 0.7  # seconds there and back
TIMES = 2
TICK = 0.03  # seconds between two calls of `show`


def strength(elapsed: float) -> float:
    """0..1 at a time in seconds since the start: 0 at both ends and between the waves."""
    if not 0 <= elapsed < PERIOD * TIMES:
        return 0.0
    return 0.5 - 0.5 * cos(2 * pi * elapsed / PERIOD)


@dataclass(frozen=True)
class Held:
    """A value to be put back; `owner` is the session id of the datablock it belongs to."""

    binding: Binding
    owner: int
    value: Any

    @property
    def target(self) -> Target:
        return self.binding.target

    def reachable(self) -> bool:
        """Whether it is still the same datablock in the same file."""
        owner = owner_of(self.target)
        return owner is not None and owner.session_uid == self.owner and value_exists(self.target)


_held: list[Held] = []


def start(bindings: Iterable[Binding]) -> int:
    """Remember the values of what the bindings move; how many there are. Ends a wiggle that still runs."""
    stop()
    for binding in bindings:
        if value_exists(binding.target) and (owner := owner_of(binding.target)):
            _held.append(Held(binding, owner.session_uid, read_value(binding.target)))
    return len(_held)


def show(elapsed: float) -> float | None:
    """Move; seconds to the next call, or None when it is over and everything is back."""
    if not _held or elapsed >= PERIOD * TIMES:
        stop()
        return None
    amount = np.array([strength(elapsed)], np.float32)
    for held in _held:
        if held.reachable():
            write_value(held.target, float(held.binding.applied(amount)[0]))
    return TICK


def stop() -> None:
    """Put every value back."""
    for held in reversed(_held):
        if held.reachable():
            write_value(held.target, held.value)
    _held.clear()


@persistent  # type: ignore[untyped-decorator]
def _stop_first(*_: object) -> None:
    stop()


def register() -> None:
    """Values go back before anything that would keep them."""
    for handlers in _before():
        handlers.append(_stop_first)


def unregister() -> None:
    """The same, taken back; a running wiggle ends."""
    stop()
    for handlers in _before():
        handlers.remove(_stop_first)


def _before() -> tuple[list[Any], ...]:
    on = bpy.app.handlers
    return on.save_pre, on.load_pre, on.undo_pre, on.redo_pre, on.render_init
