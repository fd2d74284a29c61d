"""Which model reads a clip, and which learnt versions correct it, decided once before it starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import RequestInvalid
from ..ports import VersionShelf
from .keep_versions import heads


@dataclass(frozen=True)
class ModelChoice:
    """What is asked for.

    model_id  empty: the active model
    profile   whose versions; empty: everybody's
    version   id of one to try out in all that it has learnt; empty: those in use
    """

    model_id: str = ""
    profile: str = ""
    version: str = ""


@dataclass(frozen=True)
class ModelUsed:
    """What runs.

    model_id  of the model alone
    base      the model with its weights, as versions name it; empty for one that learns nothing
    versions  ids of what corrects it, by region; nothing for the base as it is
    learnt    their contents, by region
    """

    model_id: str
    base: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    learnt: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """For ratings: the model, or the base with its weights and what corrects it."""
        parts = [f"{region}:{version}" for region, version in sorted(self.versions.items())]
        return " ".join([self.base, *parts]) if parts else self.model_id


def versions_used(choice: ModelChoice, model_id: str, base: str, shelf: VersionShelf) -> ModelUsed:
    """model_id, base: of the model that was chosen. Raises ModelError and RequestInvalid."""
    if not base:
        if choice.version:
            raise RequestInvalid(f"{model_id} learns nothing", "Choose superface-base to try versions out.")
        return ModelUsed(model_id)
    versions = {
        region: found.current for region, found in heads(base, choice.profile, shelf).items() if found.current
    }
    if choice.version:
        version, _ = shelf.read(choice.version)
        if version.base != base:
            raise RequestInvalid(
                f"version {choice.version} was learnt on {version.base}, not on {base}",
                "Choose a version of the model that runs.",
            )
        versions |= dict.fromkeys(version.regions, choice.version)
    learnt = {region: shelf.read(version)[1] for region, version in versions.items()}
    return ModelUsed(model_id, base, versions, learnt)
