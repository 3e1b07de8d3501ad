"""A script of turns is a file of plain lines."""

from pathlib import Path

from app.commands.chat import read_script


def test_a_script_is_sent_line_by_line_without_its_notes(tmp_path: Path) -> None:
    script = tmp_path / "turns.txt"
    script.write_text("# 茶盘\n大号茶盘有货吗\n\n竹的呢\n", encoding="utf-8")

    assert read_script(script) == ["大号茶盘有货吗", "竹的呢"]
