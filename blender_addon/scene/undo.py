"""What a timer changes as a step of undo; operators bring their own."""

import bpy


def push_undo(message: str) -> None:
    """One step back undoes the whole change. A timer has no window of its own, and undo needs one."""
    windows = bpy.context.window_manager.windows
    if windows:
        with bpy.context.temp_override(window=windows[0]):
            bpy.ops.ed.undo_push(message=message)
