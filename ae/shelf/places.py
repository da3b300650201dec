"""Where files are on this machine. Reads the environment; creates nothing."""

import os
from functools import cache
from pathlib import Path

import platformdirs


def home() -> Path:
    """Return the folder for downloads and the user's own models.

    Returns:
        ``AE_HOME``, or the platform's user data folder for this app. It may not exist yet.
    """
    given = os.environ.get("AE_HOME")
    if given:
        return Path(given).expanduser()
    return _of_platform()


@cache
def _of_platform() -> Path:
    return platformdirs.user_data_path("latent-space-explorer", appauthor=False)


def datasets_folder() -> Path | None:
    """Return the folder that already has raw data files, if one was named.

    Returns:
        ``AE_DATASETS``, or None where it is unset or empty. Nothing is ever written there.
    """
    given = os.environ.get("AE_DATASETS")
    return Path(given).expanduser() if given else None


def opened_folder() -> Path | None:
    """Return a model folder that stands on the shelf beside the others, if one was named.

    Returns:
        ``AE_OPENED``, which ``python -m ae open FOLDER`` sets, or None.
    """
    given = os.environ.get("AE_OPENED")
    return Path(given) if given else None


def is_read_only() -> bool:
    """Return whether visitors may not change the shelf: ``AE_READONLY=1``."""
    return os.environ.get("AE_READONLY") == "1"
