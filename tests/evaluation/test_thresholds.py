"""Writing thresholds into shop.yml touches nothing else."""

import stat
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.evaluation.thresholds import UnwritableError, replace_tuned, write_tuned
from app.shop.schema import ReaderWeights, Thresholds

CALM = settings(deadline=None, derandomize=True)
NEW = Thresholds(answer=0.8, clarify=0.3, gap=0.1)
SHOP = """# 本店
name: 半山木集   # 店名
thresholds:
  # 老板说先严一点
  gap: 0.12      # 领先多少
  answer: 0.62   # 直接答
  clarify: 0.25
hours: {opens: "09:00", closes: '22:00'}
"""
CHANGED = SHOP.replace("0.12", "0.1").replace("0.62", "0.8").replace("0.25", "0.3")
DEMO = Path(__file__).parents[2] / "faq" / "demo" / "shop.yml"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_only_the_numbers_change(encoding: str, line_end: str) -> None:
    before = SHOP.replace("\n", line_end).encode(encoding)

    after = replace_tuned(before, NEW)

    assert after == CHANGED.replace("\n", line_end).encode(encoding)


def test_a_number_that_stays_is_not_rewritten() -> None:
    before = b"name: x\nthresholds: {answer: 0.80, clarify: .3, gap: 0.1000}\n"

    assert replace_tuned(before, NEW) == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("name: 店", "name: 店\nthresholds:\n  answer: 0.8\n  clarify: 0.3\n  gap: 0.1\n"),
        ("thresholds:  # 空\nname: 店\n", "thresholds: {answer: 0.8, clarify: 0.3, gap: 0.1}  # 空\nname: 店\n"),
        ("thresholds: null\nname: 店\n", "thresholds: {answer: 0.8, clarify: 0.3, gap: 0.1}\nname: 店\n"),
        (
            "thresholds: {gap: 0.2} # 一\nname: 店\n",
            "thresholds: {answer: 0.8, clarify: 0.3, gap: 0.1} # 一\nname: 店\n",
        ),
        (
            "thresholds:\n    # 注\n    answer: 0.5\nname: 店\n",
            "thresholds:\n    # 注\n    clarify: 0.3\n    gap: 0.1\n    answer: 0.8\nname: 店\n",
        ),
    ],
)
def test_what_was_not_written_is_added_where_it_belongs(before: str, after: str) -> None:
    assert replace_tuned(before.encode(), NEW).decode() == after


@settings(CALM)
@given(st.integers(1, 100), st.integers(0, 99), st.integers(0, 100))
def test_any_thresholds_read_back_from_the_demo_shop(answer: int, clarify: int, gap: int) -> None:
    wanted = Thresholds(answer=answer / 100, clarify=clarify / 100, gap=gap / 100)

    after = replace_tuned(DEMO.read_bytes(), wanted)

    assert Thresholds(**yaml.safe_load(after)["thresholds"]) == wanted
    assert len(after.splitlines()) == len(DEMO.read_bytes().splitlines())


@pytest.mark.parametrize(
    "content", [b"", b"[1, 2]", b"{name: x}", b"name: [", b"name: x\n...\n", b"\x00\x01", b"\xff\xfe\x00"]
)
def test_a_file_that_cannot_be_edited_stays_as_it_was_and_says_what_to_write(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "shop.yml"
    file.write_bytes(content)

    with pytest.raises(UnwritableError, match=r"手工写上：answer: 0\.8、clarify: 0\.3、gap: 0\.1"):
        write_tuned(file, NEW)

    assert file.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == ["shop.yml"]


@settings(CALM)
@given(st.binary(max_size=120))
def test_any_bytes_are_edited_or_refused(content: bytes) -> None:
    try:
        after = replace_tuned(content, NEW)
    except (ValueError, yaml.YAMLError):
        return

    assert b"0.8" in after


def test_the_file_is_replaced_whole_and_keeps_its_rights(tmp_path: Path) -> None:
    kept, link = tmp_path / "kept.yml", tmp_path / "shop.yml"
    kept.write_text(SHOP, encoding="utf-8")
    kept.chmod(0o640)
    link.symlink_to(kept)

    write_tuned(link, NEW)

    assert link.is_symlink()
    assert kept.read_text(encoding="utf-8") == CHANGED
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["kept.yml", "shop.yml"]


def test_a_failing_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "shop.yml"
    file.write_text(SHOP, encoding="utf-8")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UnwritableError, match="磁盘空间"):
        write_tuned(file, NEW)

    assert file.read_text(encoding="utf-8") == SHOP
    assert [each.name for each in tmp_path.iterdir()] == ["shop.yml"]


def test_a_second_readers_weights_are_written_beside_the_thresholds() -> None:
    before = "name: 店  # 名字\nthresholds: {answer: 0.7}\n".encode()

    after = replace_tuned(before, ReaderWeights(own=1, second=0.75)).decode()

    assert after == "name: 店  # 名字\nthresholds: {answer: 0.7}\nsecond_reader:\n  own: 1\n  second: 0.75\n"
