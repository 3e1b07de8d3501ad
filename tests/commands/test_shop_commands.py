"""The commands a shopkeeper works with, run as typed."""

import asyncio
import io
import logging
import re
import shlex
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.commands import local_state
from app.commands.chat import read_script
from app.domain.clock import utc_now
from app.domain.conversation import Conversation
from app.domain.message import ConversationKey
from app.domain.shop_version import VersionNote
from app.observability.logs import configure_logs
from app.shop.folder import read_files
from app.shop.report import ProblemCollector
from app.storage.store import Store, open_store
from tests.shop.builders import FAQ, SHOP, write
from tests.storage.builders import a_message, a_turn

ROOT = Path(__file__).resolve().parents[2]
MOST_STEPS = 12
"""From an empty folder to the first right answer, the clone being the first."""
KEY = ConversationKey("tea", "http", "c-1")
ROWS = [*FAQ, ["2", "散装茶叶卖不卖", "", "亲，散装的不卖，都是整盒。"]]
ASKED = ("散装茶叶卖不卖", "能不能刻上名字")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of shops with one of them, a draft of it beside, and a database in which two questions were in vain."""
    place = tmp_path_factory.mktemp("commands")
    for folder in ("shops", "draft"):
        (place / folder).mkdir()
    write(place / "shops" / "tea", {"shop.yml": SHOP, "faq.csv": FAQ})
    write(place / "draft" / "tea", {"shop.yml": SHOP, "faq.csv": ROWS})
    asyncio.run(_fill_database(f"sqlite:///{place}/xiaoer.db", place / "shops" / "tea"))
    return place


@pytest.fixture(autouse=True)
def environment(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIAOER_DATABASE_URL", f"sqlite:///{place}/xiaoer.db")
    monkeypatch.setenv("XIAOER_SHOPS_DIR", str(place / "shops"))
    monkeypatch.setenv("COLUMNS", "200")


async def _fill_database(url: str, folder: Path) -> None:
    store = await open_store(url)
    try:
        files = read_files(folder, ProblemCollector())
        await store.save_shop_files("tea", files.content_version, files.contents, VersionNote("lan", ""))
        later = {**files.contents, "faq.csv": "标准问题,答案\n怎么洗,亲，用温水洗。\n".encode()}
        await store.save_shop_files("tea", "later", later, VersionNote("mei", "问答 修改 1"))
        for number, text in enumerate(ASKED):
            await _keep_turn(store, f"m-{number}", text)
    finally:
        await store.close()


async def _keep_turn(store: Store, message_id: str, text: str) -> None:
    key, now = replace(KEY, conversation=message_id), utc_now() - timedelta(hours=1)
    message = a_message(message_id, text, key, sent_at=now, received_at=now)
    against = await store.begin_turn(message)
    assert isinstance(against, Conversation)
    decision = {"action": "clarify", "intent": "stock", "confidence": 0.2, "faq": None, "reason": "low_confidence"}
    body = {"message_id": message_id, "replies": [{"text": "亲，您想问哪方面呢"}], "decision": decision}
    await store.commit(a_turn(message, against, body=body, at=now))


def xiaoer(*arguments: object, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments], input=typed)


def refused(result: Result) -> str:
    """What was said by a command that ended with 1, in Chinese and without a traceback."""
    assert result.exit_code == 1, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.stderr


def test_ask_shows_the_reply_and_why(place: Path) -> None:
    result = xiaoer("ask", "怎么洗", "--shop", "tea")

    assert result.exit_code == 0, result.output
    assert "买家：怎么洗" in result.stdout
    assert "小二：亲，用清水冲洗后擦干就可以。" in result.stdout
    assert "第 2 行" in result.stdout


def test_ask_answers_from_a_draft_beside_the_shop(place: Path) -> None:
    result = xiaoer("ask", "散装茶叶卖不卖", "怎么洗", "--shop", "tea", "--draft", place / "draft" / "tea")

    assert result.exit_code == 0, result.output
    assert "草稿：亲，散装的不卖，都是整盒。" in result.stdout
    first, second = result.stdout.split("买家：怎么洗")
    assert "→ 不一样" in first
    assert "→ 一样" in second


def test_ask_refuses_a_shop_that_is_not_there_and_a_broken_draft(place: Path) -> None:
    broken = write(place / "broken", {"shop.yml": "name: [\n", "faq.csv": FAQ})

    assert "没有店铺 nowhere" in refused(xiaoer("ask", "在吗", "--shop", "nowhere"))
    told = refused(xiaoer("ask", "在吗", "--shop", "tea", "--draft", broken))
    assert f"xiaoer check {broken}" in told


def test_replay_tells_what_changed_files_would_answer(place: Path) -> None:
    table, page = place / "out.csv", place / "out.html"
    result = xiaoer("replay", "--with", place / "draft" / "tea", "--shop", "tea", "--csv", table, "--html", page)

    assert result.exit_code == 0, result.output
    assert "新答上" in result.stdout
    assert "散装茶叶卖不卖" in result.stdout
    assert f"已保存 {table}" in result.stderr
    assert "散装的不卖" in table.read_text(encoding="utf-8")
    assert "散装茶叶卖不卖" in page.read_text(encoding="utf-8")


def test_replay_refuses_what_it_cannot_read_or_write(place: Path) -> None:
    ours = ("replay", "--shop", "tea", "--with")

    assert "看不懂 --since 七天" in refused(xiaoer(*ours, place / "draft" / "tea", "--since", "七天"))
    assert "7d 以来没有 other 的消息" in refused(xiaoer("replay", "--shop", "other", "--with", place / "draft" / "tea"))
    assert "打不开：请运行 xiaoer check" in refused(xiaoer(*ours, place / "nowhere"))


def test_learn_writes_a_sheet_of_what_was_asked_in_vain(place: Path) -> None:
    sheet, rows = place / "learned.xlsx", place / "rows.csv"
    result = xiaoer("learn", "--shop", "tea", "--out", sheet, "--rows", rows)

    assert result.exit_code == 0, result.output
    assert "2 条消息，2 类问题没答好" in result.stdout
    assert "1 条问答里，0 条用到过，1 条没有用到过" in result.stdout
    cells = [str(cell.value) for row in openpyxl.load_workbook(sheet).active.iter_rows() for cell in row]
    assert {"能不能刻上名字", "散装茶叶卖不卖"} <= set(cells)
    assert "怎么洗" in rows.read_text(encoding="utf-8-sig")


def test_learn_refuses_a_shop_without_messages_and_a_place_nobody_can_write(place: Path) -> None:
    assert "没有 other 的消息" in refused(xiaoer("learn", "--shop", "other"))
    told = refused(xiaoer("learn", "--shop", "tea", "--out", place / "nowhere" / "learned.xlsx"))
    assert "写不进去" in told


def test_versions_are_listed_with_their_authors(place: Path) -> None:
    result = xiaoer("versions", "tea")

    assert result.exit_code == 0, result.output
    newest, oldest = result.stdout.splitlines()
    assert ("mei" in newest, "问答 修改 1" in newest) == (True, True)
    assert ("lan" in oldest, "（第一版）" in oldest) == (True, True)
    assert "店铺 other 还没有保存过版本" in refused(xiaoer("versions", "other"))


def test_diff_tells_what_changed_between_two_versions_and_to_the_folder(place: Path) -> None:
    between, to_folder = xiaoer("diff", "tea", 1, 2), xiaoer("diff", "tea", 1)

    assert between.exit_code == 0, between.output
    assert "怎么洗" in between.stdout
    assert "用温水洗" in between.stdout
    assert "合计：没有区别。" in to_folder.stdout
    assert "用 --shops 指明" in refused(xiaoer("diff", "tea", 1, "--shops", place / "elsewhere"))
    assert "店铺 tea 没有第 9 版" in refused(xiaoer("diff", "tea", 9))


def test_rollback_puts_a_versions_files_back_and_keeps_the_others(place: Path) -> None:
    shops = place / "back"
    shops.mkdir()
    folder = write(shops / "tea", {"shop.yml": "name: 新名字\n", "faq.csv": ROWS})

    refused_once = xiaoer("rollback", "tea", 1, "--shops", shops, typed="n\n")
    untouched = (folder / "shop.yml").read_text(encoding="utf-8")
    result = xiaoer("rollback", "tea", 1, "--shops", shops, "--yes")

    assert (refused_once.exit_code, untouched) == (1, "name: 新名字\n")
    assert "将换成第 1 版（2 个文件）" in refused_once.stdout
    assert "已换成第 1 版。换下来的文件在" in result.stdout
    assert (folder / "shop.yml").read_text(encoding="utf-8") == SHOP
    (kept,) = folder.glob(".replaced-*")
    assert (kept / "shop.yml").read_text(encoding="utf-8") == "name: 新名字\n"
    assert "没有第 7 版" in refused(xiaoer("rollback", "tea", 7, "--shops", shops, "--yes"))


def test_import_takes_a_keyword_table_and_never_overwrites(place: Path) -> None:
    table = place / "关键词.csv"
    table.write_text("关键词,回复内容\n几点上班,亲，九点上班。\n没有回复的,\n", encoding="utf-8")
    into = place / "imported"

    result = xiaoer("import", table, "--into", into)

    assert result.exit_code == 0, result.output
    assert f"已导入 1 条到 {into / 'faq-导入.xlsx'}" in result.output
    assert "没有改动。要换掉它请加 --force" in refused(xiaoer("import", table, "--into", into))
    assert "打不开" in refused(xiaoer("import", place / "nowhere.csv", "--into", place / "other"))
    empty = place / "空.csv"
    empty.write_text("关键词,回复内容\n几点上班,\n", encoding="utf-8")
    assert "没有写文件" in refused(xiaoer("import", empty, "--into", place / "other"))


def test_export_writes_what_import_reads_back(place: Path) -> None:
    out = place / "导出.csv"

    result = xiaoer("export", place / "draft" / "tea", out, "--format", "csv")

    assert result.exit_code == 0, result.output
    assert f"已导出 2 条到 {out}" in result.output
    assert "散装的不卖" in out.read_text(encoding="utf-8-sig")
    assert "没有能读的问答" in refused(xiaoer("export", place / "nowhere", out))
    assert "写不进去" in refused(xiaoer("export", place / "draft" / "tea", place / "nowhere" / "导出.csv"))


def test_a_file_is_written_as_what_it_is_named(place: Path) -> None:
    """Excel opens by the name, and so does the shop's own reader."""
    tea, table = place / "draft" / "tea", place / "按名字.csv"

    assert xiaoer("export", tea, table).exit_code == 0
    assert "散装的不卖" in table.read_text(encoding="utf-8-sig")
    assert "要以 .csv、.xlsx、.yml 结尾" in refused(xiaoer("export", tea, place / "问答.docx"))
    assert "要以 .csv 结尾" in refused(xiaoer("export", tea, place / "问答.xlsx", "--format", "csv"))
    assert "要以 .xlsx 结尾" in refused(xiaoer("learn", "--shop", "tea", "--out", place / "学来的.csv"))
    assert not [*place.glob("问答.*"), *place.glob("学来的.csv")]


def test_flags_that_would_do_nothing_are_refused(place: Path) -> None:
    labels, fixes = place / "labels.tsv", place / "fixes.csv"

    assert "不能和 --json、--html 一起用" in refused(
        xiaoer("evaluate", labels, "--corrections", fixes, "--json", place / "x.json")
    )
    assert "--stored 只和 --corrections 一起用" in refused(xiaoer("evaluate", labels, "--stored", 7))
    assert "用不到 --precision" in refused(xiaoer("tune", labels, "--reader", "--precision", 0.9))


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readme_leads_from_nothing_to_a_new_shops_first_answer(
    readme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its commands letter for letter, after the clone and the setup."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    (block,) = (part for part in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "xiaoer new" in part)
    commands = [shlex.split(line, comments=True) for line in block.splitlines()]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XIAOER_SHOPS_DIR", "faq")

    setup = [command for command in commands if command[0] == "make"]
    made, checked, asked = (xiaoer(*command[1:]) for command in commands if command[0] == ".venv/bin/xiaoer")

    assert (made.exit_code, checked.exit_code, asked.exit_code) == (0, 0, 0), made.output + checked.output
    assert (setup, len(commands) + 1 <= MOST_STEPS) == ([["make", "setup"]], True)
    assert "已写好“棉朵”（服装" in made.stdout
    assert "检查通过" in checked.stdout
    assert re.search("小二：.*48小时内", asked.stdout)
    assert "茶盘" not in asked.stdout


def test_new_refuses_a_full_folder_and_a_trade_nobody_knows(place: Path) -> None:
    assert "已经有文件，没有改动" in refused(xiaoer("new", place / "shops" / "tea", "--name", "店"))
    told = refused(xiaoer("new", place / "unknown", "--name", "店", "--trade", "fish", "--ship-hours", 24))
    assert "没有行业“fish”" in told
    assert not (place / "unknown").exists()


def test_new_refuses_a_time_nobody_can_read_before_it_writes_anything(place: Path) -> None:
    folder = place / "late"
    shoes = ("new", folder, "--name", "鞋", "--trade", "服装", "--ship-hours", 24)
    assert "--cut-off：“下午4点半吧”不是时间" in refused(xiaoer(*shoes, "--cut-off", "下午4点半吧"))
    assert "--closes：下班时间要晚于上班时间" in refused(xiaoer(*shoes, "--opens", "22:00", "--closes", "9:00"))
    assert not folder.exists()


def test_new_writes_a_shop_without_a_shipping_promise_and_tells_what_it_could_not_write(place: Path) -> None:
    given = ("--name", "鞋", "--trade", "服装", "--ship-hours", 0, "--courier", "中通")
    result = xiaoer("new", place / "my shoes", *given)
    assert result.exit_code == 0, result.output
    assert "--courier 没有写进去" in result.stderr
    assert f"xiaoer check '{place / 'my shoes'}'" in result.stdout
    assert xiaoer("check", place / "my shoes", "--quick").exit_code == 0


def test_new_leaves_examples_of_what_is_not_promised_yet(place: Path) -> None:
    """Without their mark they are settings that the checker accepts."""
    folder = place / "hats"
    xiaoer("new", folder, "--name", "帽", "--trade", "服装", "--ship-hours", 24)
    settings = folder / "shop.yml"
    written = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r"^    # (?=\w+:)", "    ", written, flags=re.MULTILINE), encoding="utf-8")
    assert "\n    free_from: 59" in settings.read_text(encoding="utf-8")
    assert xiaoer("check", folder, "--quick").exit_code == 0


def test_a_shop_with_errors_is_asked_all_the_same_and_its_errors_are_counted(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `xiaoer` starts, with logs of warnings: the sentence takes the place of the service's own line."""
    lines = io.StringIO()
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    configure_logs("WARNING", readable=True, stream=lines)
    broken = place / "shops" / "torn"
    write(broken, {"shop.yml": SHOP, "faq.csv": [*FAQ, ["9", "没有答案吗", "", ""]]})
    asked = xiaoer("ask", "在吗", "--shop", "torn")
    assert asked.exit_code == 0
    assert "文件里有 1 处错误" in asked.stderr
    assert "shop has errors" not in lines.getvalue()


def test_chat_tells_what_is_wrong_with_its_script(place: Path) -> None:
    assert "打不开，请检查 --script" in refused(xiaoer("chat", "--script", place / "nowhere.txt"))
    (place / "empty.txt").write_text("# 只有备注\n", encoding="utf-8")
    assert "里没有要发的话" in refused(xiaoer("chat", "--script", place / "empty.txt"))
    (place / "gbk.txt").write_bytes("在吗\n".encode("gb18030"))
    assert read_script(place / "gbk.txt") == ["在吗"]


def test_who_names_no_shop_is_told_which_there_are(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIAOER_STATE_DIR", str(place / "state"))
    monkeypatch.delenv("XIAOER_SECRET_DEMO", raising=False)
    local_state.ensure_secret(place / "state", "tea")
    told = refused(xiaoer("send", "在吗"))
    assert "没有店铺 demo 的密钥" in told
    assert "有密钥的店：tea，用 --shop 选" in told
