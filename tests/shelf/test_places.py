from pathlib import Path

import pytest

from ae.shelf import places


def test_the_environment_is_read_at_each_call(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AE_HOME", str(tmp_path / "a"))
    monkeypatch.setenv("AE_DATASETS", str(tmp_path / "b"))
    assert places.home() == tmp_path / "a"
    assert places.datasets_folder() == tmp_path / "b"
    monkeypatch.setenv("AE_HOME", str(tmp_path / "c"))
    assert places.home() == tmp_path / "c"


@pytest.mark.parametrize("unset", [True, False])
def test_unset_and_empty_mean_the_same(monkeypatch: pytest.MonkeyPatch, unset: bool) -> None:
    for name in ("AE_HOME", "AE_DATASETS"):
        monkeypatch.setenv(name, "")
        if unset:
            monkeypatch.delenv(name)
    assert places.home().name == "latent-space-explorer"
    assert places.home().is_absolute()
    assert places.datasets_folder() is None


def test_a_tilde_is_the_users_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AE_HOME", "~/explorer")
    assert places.home() == Path.home() / "explorer"
