"""The keys of the rating view: ordinary key-map items, so that they are changed where all keys are.

The view itself matches events against them; outside of it they do nothing, as their operator's poll says no.
"""

from typing import Any

import bpy

ANSWER = "superface.rate_key"
# What is done, the words for it, and its usual keys.
ACTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "FIRST": ("left is better", ("ONE", "NUMPAD_1")),
    "SECOND": ("right is better", ("TWO", "NUMPAD_2")),
    "TIE": ("equally good", ("ZERO", "NUMPAD_0")),
    "BAD": ("both bad", ("X",)),
    "SKIP": ("can't tell", ("S",)),
    "FLIP": ("flip in place", ("SPACE",)),
    "FIX": ("fix it", ("F",)),
    "UNDO": ("take back", ("Z", "BACK_SPACE")),
    "LOOP": ("play the moment", ("L",)),
    "HELP": ("help", ("H",)),
    "LEAVE": ("leave", ("ESC",)),
}
_registered: list[tuple[Any, Any]] = []


def register() -> None:
    """Into the add-ons' key configuration; a Blender without a window has none."""
    configuration = bpy.context.window_manager.keyconfigs.addon
    if configuration is None:
        return
    keymap = configuration.keymaps.new(name="3D View", space_type="VIEW_3D")
    for action, (_, keys) in ACTIONS.items():
        for key in keys:
            item = keymap.keymap_items.new(ANSWER, key, "PRESS")
            item.properties.action = action
            _registered.append((keymap, item))


def unregister() -> None:
    """Take back what register added."""
    while _registered:
        keymap, item = _registered.pop()
        keymap.keymap_items.remove(item)


def action_of(event: bpy.types.Event) -> str | None:
    """What a key press asks for, as the artist has mapped keys; None for any other event."""
    if event.value != "PRESS":
        return None
    return next((item.properties.action for item in _items() if item.active and _is(item, event)), None)


def key_for(action: str) -> str:
    """For people: "1"."""
    keys = [item.to_string() for item in _items() if item.properties.action == action and item.active]
    return min(keys, key=len, default="")


def _items() -> list[Any]:
    """The artist's own version of ours."""
    configuration = bpy.context.window_manager.keyconfigs.user
    keymap = configuration.keymaps.get("3D View") if configuration else None
    return [item for item in keymap.keymap_items if item.idname == ANSWER] if keymap else []


def _is(item: Any, event: bpy.types.Event) -> bool:
    return bool(
        item.type == event.type
        and (item.any or (item.shift, item.ctrl, item.alt) == (event.shift, event.ctrl, event.alt))
    )
