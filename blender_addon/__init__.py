"""SuperFace for Blender: a face video in, keyframes on the artist's own rig out.

Blender calls `register` and `unregister`. Everything that needs bpy is imported inside them, so that the
files without bpy can be tested (and type-checked) in any Python.
"""


def register() -> None:
    """Blender switches the extension on."""
    from . import registration

    registration.register()


def unregister() -> None:
    """Blender switches the extension off or quits."""
    from . import registration

    registration.unregister()
