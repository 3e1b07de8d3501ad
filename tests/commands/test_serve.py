"""What `make run` prepares before the service starts."""

from pathlib import Path

import pytest

from app.commands import local_state
from app.commands.serve import _demo_hints, _prepare_demo
from app.settings import Settings, shop_secret

OWN = "whsec_" + "c2VjcmV0" * 8


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for shop in ("demo", "yunxiu"):
        (tmp_path / "shops" / shop).mkdir(parents=True)
        (tmp_path / "shops" / shop / "shop.yml").write_text("name: 店铺\n", encoding="utf-8")
    (tmp_path / "shops" / "notes").mkdir()
    monkeypatch.setenv("XIAOER_SECRET_DEMO", "")
    monkeypatch.setenv("XIAOER_SECRET_YUNXIU", OWN)
    return Settings(state_dir=tmp_path / "state", shops_dir=tmp_path / "shops")


def test_every_shop_without_a_secret_gets_one_that_is_kept(settings: Settings) -> None:
    prepared = _prepare_demo(settings)

    assert shop_secret("demo") == local_state.find_secret(settings.state_dir, "demo") != ""
    assert (settings.state_dir / local_state.secret_file_name("demo")).is_file()
    assert shop_secret("yunxiu") == OWN
    assert not (settings.state_dir / local_state.secret_file_name("yunxiu")).exists()
    assert not shop_secret("notes")
    assert prepared.rest_token


def test_the_hints_are_about_the_shops_and_the_port_that_are_served(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "my shops" / "mianduo").mkdir(parents=True)
    (tmp_path / "my shops" / "mianduo" / "shop.yml").write_text("name: 棉朵\n", encoding="utf-8")
    served = settings.model_copy(update={"shops_dir": tmp_path / "my shops", "port": 8123})

    told = _demo_hints(served, "code")

    assert "send 现在拍今天能发吗 --shop mianduo" in told
    assert f"--shops '{tmp_path / 'my shops'}'" in told
    assert "export XIAOER_URL=http://127.0.0.1:8123" in told
    assert "XIAOER_SECRET_MIANDUO" in told
    assert "demo/messages" not in told


def test_the_hints_of_the_demo_shop_need_no_options(settings: Settings) -> None:
    told = _demo_hints(settings, "code")
    assert "send 我的快递到哪了 --buyer buyer-03" in told
    assert "--shop demo" not in told
    assert "export" not in told
