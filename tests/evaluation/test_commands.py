"""`xiaoer evaluate` and `xiaoer tune` as a shopkeeper runs them, on a copy of the demo shop."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.commands.trial import open_trial
from app.settings import PACKAGED_SHOPS

LABELS = """消息\t意图\t问题编号
你们的木头是实木的吗\t商品咨询\tF001
现在下单今天能发货吗\t发货时间\t
能不能再便宜点\t议价\t
帮我转人工客服\t转人工\t
今天天气怎么样\t其他\t
"""
WRONG = "消息\t意图\n能不能再便宜点\t发票\n帮我开发票\t议价\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder of shops with a copy of the demo in it."""
    shutil.copytree(PACKAGED_SHOPS / "demo", tmp_path / "shops" / "demo")
    return tmp_path


def run(place: Path, command: str, labels: str | bytes, *options: str) -> Result:
    file = place / "标注.tsv"
    file.write_bytes(labels if isinstance(labels, bytes) else labels.encode())
    return CliRunner().invoke(app, [command, str(file), "--shops", str(place / "shops"), *options])


def settings_of(place: Path) -> bytes:
    return (place / "shops" / "demo" / "shop.yml").read_bytes()


def test_evaluate_prints_tables_and_saves_json_and_page(place: Path) -> None:
    result = run(place, "evaluate", LABELS, "--json", str(place / "out.json"), "--html", str(place / "out.html"))

    assert result.exit_code == 0, result.output
    assert "准确率（首选命中）" in result.stdout
    assert "只有 5 条标注" in result.stdout
    body = json.loads((place / "out.json").read_text(encoding="utf-8"))
    assert (body["rows"], body["intents"]["rows"], body["faq"]["rows"]) == (5, 5, 1)
    assert "店铺 demo" in (place / "out.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["evaluate", "tune"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空的"),
        (b"\xff\xfe\x00\xd8", "标注.tsv"),
        (b"PK\x03\x04", "Excel"),
        ("text\tintent\n你好\tgreetin\n".encode(), "第2行：没有意图“greetin”。是不是想写“greeting”"),
    ],
)
def test_a_bad_file_ends_with_1_and_a_chinese_sentence(place: Path, command: str, content: bytes, said: str) -> None:
    before = settings_of(place)

    result = run(place, command, content)

    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert settings_of(place) == before


def test_a_bad_file_gives_a_page_of_what_to_mend_too(place: Path) -> None:
    run(place, "evaluate", "text\tintent\n你好\tgreetin\n", "--html", str(place / "out.html"))

    assert "没有意图“greetin”" in (place / "out.html").read_text(encoding="utf-8")


def test_a_missing_shop_and_a_place_nobody_can_write_are_told(place: Path) -> None:
    missing = run(place, "evaluate", LABELS, "--shop", "nowhere")
    unwritable = run(place, "evaluate", LABELS, "--html", str(place / "没有" / "out.html"))

    assert (missing.exit_code, unwritable.exit_code) == (1, 1)
    assert "没有店铺 nowhere" in missing.stderr
    assert "写不进去" in unwritable.stderr


def test_tune_changes_three_numbers_and_says_before_and_after(place: Path) -> None:
    before = settings_of(place).decode().splitlines()

    result = run(place, "tune", LABELS, "--precision", "0.9")

    after = settings_of(place).decode().splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert result.exit_code == 0, result.output
    assert changed
    assert all(line.strip().split(":")[0] in {"answer", "clarify", "gap"} for line in changed)
    assert "调整后" in result.stdout
    assert "已写进" in result.stdout
    assert "少于 200 条" in result.stderr


@pytest.mark.parametrize("precision", ["95", "0.95"])
def test_a_precision_may_be_written_as_per_cent(place: Path, precision: str) -> None:
    assert "95.0% 是对的" in run(place, "tune", LABELS, "--dry-run", "--precision", precision).stdout


@pytest.mark.parametrize("precision", ["0.2", "950", "-1", "nan"])
def test_a_senseless_precision_is_told_in_chinese(place: Path, precision: str) -> None:
    result = run(place, "tune", LABELS, "--precision", precision)

    assert result.exit_code == 1
    assert "请写 0.5 到 1 之间的数" in result.stderr


def test_tuned_once_and_again_nothing_changes(place: Path) -> None:
    run(place, "tune", LABELS)
    once = settings_of(place)

    again = run(place, "tune", LABELS)

    assert settings_of(place) == once
    assert "没有改动" in again.stdout


def test_a_dry_run_changes_nothing(place: Path) -> None:
    before = settings_of(place)

    result = run(place, "tune", LABELS, "--dry-run")

    assert result.exit_code == 0
    assert "只是试算" in result.stdout
    assert settings_of(place) == before


def test_a_precision_out_of_reach_says_the_best_and_changes_nothing(place: Path) -> None:
    before = settings_of(place)

    result = run(place, "tune", WRONG)

    assert result.exit_code == 1
    assert "达不到 95.0%，没有改动" in result.stderr
    assert "最高能到 0.0%" in result.stderr
    assert settings_of(place) == before


def test_without_a_second_reader_there_is_nothing_to_weigh(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XIAOER_READER", raising=False)
    before = settings_of(place)

    result = run(place, "tune", LABELS, "--reader")

    assert result.exit_code == 1
    assert "XIAOER_READER" in result.stderr
    assert settings_of(place) == before


def test_what_corrections_would_change_is_shown_and_nothing_is_taken(place: Path) -> None:
    file = place / "更正.csv"
    file.write_text("买家的话,意图\n今天天气怎么样,打招呼\n", encoding="utf-8")

    result = run(place, "evaluate", LABELS, "--corrections", str(file))

    assert result.exit_code == 0, result.output
    assert "1 条更正，看了 5 条消息，结果不同的 1 条" in result.stdout
    assert "今天天气怎么样" in result.stdout
    assert not (place / "shops" / "demo" / "corrections.csv").exists()


def test_a_mistake_in_the_corrections_is_told_with_its_row(place: Path) -> None:
    file = place / "更正.csv"
    file.write_text("买家的话,意图\n今天天气怎么样,打招乎\n", encoding="utf-8")

    result = run(place, "evaluate", LABELS, "--corrections", str(file))

    assert result.exit_code == 0, result.output
    assert "没有意图“打招乎”。是不是想写“打招呼”" in result.stdout
    assert "0 条更正" in result.stdout


async def test_a_trial_asks_no_paid_reader_and_sends_no_traces_unless_it_is_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIAOER_READER", "https://reader.example/v1")
    monkeypatch.setenv("XIAOER_READER_MODEL", "small")
    monkeypatch.setenv("XIAOER_OTLP_ENDPOINT", "https://traces.example")

    async with (
        open_trial(PACKAGED_SHOPS / "demo") as alone,
        open_trial(PACKAGED_SHOPS / "demo", with_reader=True) as asking,
    ):
        assert alone
        assert asking
        assert (alone.parts.settings.reader, alone.parts.settings.otlp_endpoint) == ("", "")
        assert (asking.parts.settings.reader, asking.parts.settings.otlp_endpoint) == ("https://reader.example/v1", "")
