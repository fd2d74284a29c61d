"""What ids and words in a fact may be: whatever every file, wire and database can hold."""

import re

LONGEST_TEXT = 200  # characters of any word or id in a fact
HIGHEST_COUNT = 2**32 - 1
_WORD = re.compile(f"[^\\0\ud800-\udfff]{{1,{LONGEST_TEXT}}}")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_word(text: str) -> bool:
    """1 to LONGEST_TEXT characters that can be kept anywhere."""
    return bool(_WORD.fullmatch(text))


def check_id(given: str, name: str) -> None:
    """Raises ValueError."""
    if not _ID.fullmatch(given):
        raise ValueError(f"{name} is {given[:LONGEST_TEXT]!r}, expected a UUID in lower case")


def check_words(fact: object, needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
    """Of a fact's fields by their names; optional ones may be empty. Raises ValueError."""
    for name in (*needed, *optional):
        word = getattr(fact, name)
        if not is_word(word) and (word or name in needed):
            raise ValueError(f"{name} is {word[:LONGEST_TEXT]!r}, expected 1 to {LONGEST_TEXT} characters")
