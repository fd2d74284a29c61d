"""Reads pytest's junit report: counts, and says no to failures and to tests skipped for want of Blender."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree  # our own pytest wrote it

WANTING_BLENDER = re.compile(r"\bbpy\b|Blender as a Python module", re.IGNORECASE)


def main() -> None:
    """`judge.py [--count] REPORT`; with --count it only prints the counts."""
    report = Path(sys.argv[-1])
    suite = ElementTree.parse(report).getroot().find("testsuite")  # noqa: S314
    if suite is None:
        sys.exit(f"{report} holds no tests")
    bad, skipped = int(suite.get("failures", 0)) + int(suite.get("errors", 0)), int(suite.get("skipped", 0))
    passed = int(suite.get("tests", 0)) - bad - skipped
    print(f"{report.stem}: {passed} passed, {bad} failed, {skipped} skipped in {suite.get('time')} s")
    if "--count" in sys.argv:
        return
    wanting = [skip.get("message", "") for skip in suite.iter("skipped")]
    blind = [message for message in wanting if WANTING_BLENDER.search(message)]
    if bad or blind or not passed:
        sys.exit("\n".join(["not good enough:", f"{bad} failed, {passed} passed", *blind]))


if __name__ == "__main__":
    main()
