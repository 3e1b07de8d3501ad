"""`python -m tests.bench.large`: seconds and memory that a very large shop takes from its files to its first answer.

Each shape is measured in a process of its own: the service without a shop, then the shop read, checked and learned.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from app.domain.clock import utc_now
from app.facts.make import FactsFactory
from app.observability.logs import configure_logs
from app.tenants.lazy_reader import release_memory
from app.tenants.loading import ShopOpener
from app.understanding.understander import Understander
from intents._framework.registry import load_intents

COLOURS = (
    "米白",
    "胡桃",
    "松绿",
    "藏青",
    "雾蓝",
    "砖红",
    "奶油",
    "炭黑",
    "浅灰",
    "杏色",
    "墨绿",
    "酒红",
    "天蓝",
    "驼色",
    "姜黄",
    "藕粉",
)
STUFFS = ("纯棉", "亚麻", "羊毛", "陶瓷", "榉木", "钢制", "玻璃", "牛皮", "竹编", "硅胶", "真丝", "铸铁")
GOODS = (
    "茶盘",
    "茶杯",
    "衬衫",
    "长裙",
    "背包",
    "靴子",
    "台灯",
    "抱枕",
    "木箱",
    "砧板",
    "水壶",
    "毛毯",
    "围巾",
    "帽子",
    "餐盘",
    "花瓶",
    "书架",
    "挂钟",
    "拖鞋",
    "雨伞",
)
MATTERS = (
    ("怎么清洗", "能用洗衣机洗吗", "脏了怎么弄", "平时怎么打理"),
    ("会掉色吗", "洗了褪色吗", "颜色牢不牢", "染到别的衣服怎么办"),
    ("尺寸是多少", "有多大", "多长多宽", "放得下书包吗"),
    ("产地是哪里", "哪儿生产的", "是哪里做的", "是国产的吗"),
    ("适合送人吗", "能不能当礼物", "送长辈合适吗", "送朋友行不行"),
    ("有没有味道", "刚收到味道大吗", "气味重不重", "会有异味吗"),
    ("有几个颜色", "还有别的颜色吗", "什么颜色可以选", "都有哪些颜色"),
    ("怎么安装", "需要自己装吗", "安装麻烦吗", "有安装说明吗"),
    ("能用多久", "耐用吗", "一般用几年", "容易坏吗"),
    ("可以定做吗", "能不能刻字", "接不接定做", "支持个性化吗"),
    ("包装结实吗", "路上会碰坏吗", "怎么包装的", "有礼盒吗"),
    ("怎么保存", "不用的时候怎么放", "怕不怕潮", "能晒太阳吗"),
    ("轻不轻", "有多重", "拿着沉吗", "几斤"),
    ("小孩能用吗", "宝宝可以用吗", "老人用方便吗", "几岁可以用"),
)
ASKED = "米白纯棉茶盘脏了咋弄"


def write_rows(folder: Path, rows: int, wordings: int) -> None:
    """A shop with that many questions, each in so many wordings; every answer names a number, which is judged."""
    folder.mkdir()
    (folder / "shop.yml").write_text("name: 大店\nauthority:\n  shipping: {within_hours: 48}\n", encoding="utf-8")
    with (folder / "faq.csv").open("w", encoding="utf-8", newline="") as file:
        written = csv.writer(file)
        written.writerow(["标准问题", "相似问法", "答案"])
        for number, (name, (first, *others)) in zip(range(rows), _list_matters(), strict=False):
            similar = "|".join(f"{name}{form}" for form in others[: wordings - 1])
            written.writerow([f"{name}{first}", similar, f"亲，{name}的情况写在详情页第{number}条，不清楚随时问我们哦"])


def _list_matters() -> Iterator[tuple[str, tuple[str, ...]]]:
    return (("".join(words), forms) for forms, *words in product(MATTERS, COLOURS, STUFFS, GOODS))


def measure(folder: Path) -> str:
    """One line of figures, measured in this process."""
    catalogue = load_intents()
    opener = ShopOpener(Understander.load_shared(catalogue.traits), catalogue, FactsFactory({}, utc_now), utc_now)
    release_memory()
    alone, began, worked = _read_status("VmRSS"), time.perf_counter(), time.process_time()
    shop = opener.track_folder(folder).read_changes(utc_now())
    read = time.perf_counter()
    if shop is None:
        raise SystemExit(f"{folder} does not open")
    opened = opener.prepare_shop(shop)
    learned, used = time.perf_counter(), time.process_time() - worked
    scores = opened.reader.understand(ASKED).requests[0].faqs
    release_memory()
    return (
        f"read and checked in {read - began:.1f} s, learned in {learned - read:.1f} s: {learned - began:.1f} s in all "
        f"({used:.1f} s of processor); memory {_read_status('VmHWM')} MB at most, "
        f"{_read_status('VmRSS')} MB at rest, of which {alone} MB the service; “{ASKED}”: {scores[0].question}\n"
    )


def _read_status(name: str) -> int:
    """A figure of this process that Linux keeps in kB, in MB."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) // 1000 for line in lines if line.startswith(name))


def main() -> None:
    """The command."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=50_000)
    arguments.add_argument("--folder", type=Path, help="measure this shop, in this process")
    given = arguments.parse_args()
    configure_logs("CRITICAL", readable=True)
    if given.folder:
        sys.stdout.write(measure(given.folder))
        return
    for wordings in (1, 4):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "big"
            write_rows(folder, given.rows, wordings)
            sys.stdout.write(f"{given.rows} rows of {wordings} wordings: ")
            sys.stdout.flush()
            subprocess.run([sys.executable, "-m", "tests.bench.large", "--folder", str(folder)], check=True)  # noqa: S603


if __name__ == "__main__":
    main()
