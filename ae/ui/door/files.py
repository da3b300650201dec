"""Files that the browser fetches by digest: weights, points of maps, pictures."""

import hashlib
import threading
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import streamlit as st

# All files together; what was offered longest ago is let go. A page offers what it
# shows in each of its runs, and the browser fetches it at once.
_MOST_BYTES, _MOST_FILES = 192 << 20, 4096
_HELPS = 0.9  # compressed bytes, as a share of the plain ones, that are worth it


@dataclass(frozen=True)
class File:
    """What is fetched."""

    content: bytes  # its bytes, as they travel
    media_type: str  # of the plain content
    compressed: bool = False  # whether the content is the plain one's, by zlib

    def plain(self) -> bytes:
        """Return the content as it is when it does not travel."""
        return zlib.decompress(self.content) if self.compressed else self.content


_files: OrderedDict[str, File] = OrderedDict()
_bytes = 0  # of all of them
_lock = threading.Lock()


def offer(
    content: bytes,
    *,
    digest: str | None = None,
    media_type: str = "application/octet-stream",
    compress: bool = False,
) -> str:
    """Let the browser fetch a file.

    Args:
        content: Its bytes.
        digest: What names its content; its SHA-256 unless given.
        media_type: What it is.
        compress: Whether compression may help; it takes 40 ms per MB, once.

    Returns:
        The digest by which it is fetched.
    """
    digest = digest or hashlib.sha256(content).hexdigest()
    with _lock:
        if digest in _files:
            _files.move_to_end(digest)
            return digest
    packed = zlib.compress(content, 6) if compress else content
    helps = len(packed) < _HELPS * len(content)
    file = File(packed, media_type, True) if helps else File(content, media_type)
    global _bytes
    with _lock:
        if digest not in _files:  # another thread may have been first
            _files[digest] = file
            _bytes += len(file.content)
        while len(_files) > 1 and (_bytes > _MOST_BYTES or len(_files) > _MOST_FILES):
            _bytes -= len(_files.popitem(last=False)[1].content)
    return digest


def is_offered(digest: str) -> bool:
    """Return whether a file can be fetched; if so, it counts as offered just now."""
    with _lock:
        if digest in _files:
            _files.move_to_end(digest)
        return digest in _files


def file_of(digest: str) -> File | None:
    """Return an offered file."""
    return _files.get(digest)


def address_of(digest: str) -> str | None:
    """Return where the browser fetches a file; None where no browser is known of."""
    page = st.context.url or ""
    if urlsplit(page).scheme not in ("http", "https"):
        return None
    return urljoin(page, f"door/file/{digest}")
