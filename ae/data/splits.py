"""Which split an image falls into, when its data set does not say."""

import hashlib

SPLITS = ("train", "validation", "test")


def check_split(split: str) -> None:
    """Refuse what is not the name of a split.

    Raises:
        ValueError: The split is unknown.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")


def split_of(name: str) -> str:
    """Return the split of an image, from its file name alone, without folders.

    The first four bytes of the name's SHA-256, as a whole number modulo ten: 0 to 7 is ``"train"``,
    8 ``"validation"``, 9 ``"test"``. So an image keeps its split whatever lies beside it.
    """
    tenth = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % 10
    return {8: "validation", 9: "test"}.get(tenth, "train")
