"""Which ratings are held out of learning, so that what was learnt can be told from what was remembered.

Decided by hashes of clips and by times in them, never by an answer: a repeat, the same pair with its sides
swapped and a correction lie where their frame lies. The unit is the clip; where there are too few of them it
is a block of a clip, and what lies in the gap between two blocks is left out, since neighbours look alike.

Whoever learns begins at the base each time, so nothing leaks where a further clip changes who lies where.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence

from .ratings import Rating

FOLDS = 4
HELD_OUT = 0  # the fold that nothing is learnt from; all of them take turns in cross-validation
FEWEST_CLIPS = 4  # from so many on, clips are held out as a whole
BLOCK_SECONDS, GAP_SECONDS = 3.0, 1.0


def fold(clip: str, seconds: Sequence[float], clips: Collection[str], folds: int = FOLDS) -> int | None:
    """0..folds − 1 of one moment or of a loop; None where it lies in a gap, or in two blocks.

    seconds  of the clip, rising
    clips    all that there are ratings of, this one among them
    """
    if len(clips) >= FEWEST_CLIPS:
        return sorted(clips, key=_hash).index(clip) % folds
    block = _block(seconds)
    return None if block is None else (_hash(clip) + block) % folds


def unit(clip: str, seconds: Sequence[float], clips: Collection[str]) -> str | None:
    """The clip, or the block of it, that shares its lot; None as above."""
    if len(clips) >= FEWEST_CLIPS:
        return clip
    block = _block(seconds)
    return None if block is None else f"{clip} {block}"


def split(ratings: Iterable[Rating], held_out: int = HELD_OUT) -> tuple[list[Rating], list[Rating]]:
    """To learn from, and held out; those in gaps are in neither."""
    ratings = list(ratings)
    clips = {rating.clip for rating in ratings}
    folds = [fold(rating.clip, rating.seconds, clips) for rating in ratings]
    learnt = [rating for rating, at in zip(ratings, folds, strict=True) if at not in (None, held_out)]
    return learnt, [rating for rating, at in zip(ratings, folds, strict=True) if at == held_out]


def _block(seconds: Sequence[float]) -> int | None:
    """The one block in which all of these lie."""
    number, into = divmod(seconds[0], BLOCK_SECONDS + GAP_SECONDS)
    ends = number * (BLOCK_SECONDS + GAP_SECONDS) + BLOCK_SECONDS
    return int(number) if into <= BLOCK_SECONDS and seconds[-1] <= ends else None


def _hash(clip: str) -> int:
    return int(hashlib.sha256(clip.encode("utf-8", "surrogatepass")).hexdigest(), 16)
