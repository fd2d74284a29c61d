"""The main job shown without a screen: `superface demo` runs `python -m demo` in the clone.

It lives beside the rooms, not in one: it starts the backend as a process, Blender as a process, and
meets both only as an artist would: through the built extension and its operators.
"""
