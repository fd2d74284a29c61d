"""Which weights lie here, told without torch: ratings and versions name them long before a network runs."""

from pathlib import Path

from ..errors import ModelMissing


def model_id(weights: Path) -> str:
    """The weights' name and the start of their hash: "superface-base@1f0c…". Raises ModelMissing."""
    return f"{weights.stem}@{expected_hash(weights)[:12]}"


def expected_hash(weights: Path) -> str:
    """What the file NAME.sha256 beside them says, as sha256sum would write it. Raises ModelMissing."""
    file = weights.with_suffix(".sha256")
    try:
        return file.read_text(encoding="ascii").split()[0]
    except (OSError, UnicodeDecodeError, IndexError) as err:
        raise ModelMissing(
            f"{file} does not say which hash the weights have: {err}", "Install SuperFace again."
        ) from err
