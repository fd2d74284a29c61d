"""Run in a fresh Blender by test_extension.py: install the zip as an artist does and print what was seen."""

import importlib
import json
import sys
import threading

import bpy

MODULE = "bl_ext.user_default.superface"


def traces() -> dict[str, list[str]]:
    """What a switched-on extension leaves in Blender."""
    return {
        "classes": sorted(name for name in dir(bpy.types) if "superface" in name.lower()),
        "scene": [name for name in ("superface",) if hasattr(bpy.types.Scene, name)],
        "threads": sorted(t.name for t in threading.enumerate() if t is not threading.main_thread()),
        "handlers": sorted(
            f"{kind}: {handler.__module__}.{handler.__name__}"
            for kind in dir(bpy.app.handlers)
            if isinstance(handlers := getattr(bpy.app.handlers, kind), list)
            for handler in handlers
            if "superface" in getattr(handler, "__module__", "")
        ),
    }


def main(zipped: str) -> None:
    before = traces()
    installed = bpy.ops.extensions.package_install_files(
        filepath=zipped, repo="user_default", enable_on_install=True
    )
    seen = {"installed": list(installed), "enabled": MODULE in bpy.context.preferences.addons}
    seen["before"], seen["on"] = before, [traces()]
    seen["off"] = []
    for _ in range(2):
        bpy.ops.preferences.addon_disable(module=MODULE)
        seen["off"].append(traces())
        bpy.ops.preferences.addon_enable(module=MODULE)
        seen["on"].append(traces())
    seen["clash"] = importlib.import_module(f"{MODULE}.bundled_wheels").clash()
    wire = importlib.import_module(f"{MODULE}.contract_wire")
    seen["fingerprint"] = wire.fingerprint.contract_fingerprint()
    seen["files"] = {
        name: importlib.import_module(name).__file__ for name in ("grpc", "google.protobuf", "PIL.Image")
    }
    seen["absolute"] = [name for name in ("backend", "protos", "blender_addon") if name in sys.modules]
    bpy.ops.preferences.addon_disable(module=MODULE)
    print("SEEN " + json.dumps(seen))


main(sys.argv[-1])
