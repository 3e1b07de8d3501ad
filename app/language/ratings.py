"""The one reader of ratings: 5, 5分, 四星, ★★★★☆, 满意, 不太满意, with whatever is said beside.

Only for an answer to the question how one was served: the same words mean other things elsewhere (5个, 还可以).
"""

import re
import unicodedata
from dataclasses import dataclass

LONGEST_WORDS = 500
_NUMBERS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5} | {str(number): number for number in range(1, 6)}
_WORDS = {
    1: "(?:非常|很|特别|极其?|太|十分)(?:不满意|差劲?|烂|糟糕?)|差评|差劲|太差|零分|负分",
    2: "不太满意|不怎么满意|不是很满意|不够满意|不满意|不满|不好|不太好|不怎么样|有点差",
    3: "一般(?:般)?|还行|还可以|凑合|中评|马马虎虎|中规中矩",
    4: "比较满意|挺满意|还算满意|基本满意|还满意|不错|挺好|比较好|还不错",
    5: "(?:非常|很|特别|十分|超级?|太|相当)(?:满意|好|棒|赞)|满意|满分|好评|五星好评|完美|好极了",
}
_BEFORE = (
    "(?:我们?|这次|本次|今天|客服|人工|服务|态度|回复|处理|评价|你们|[你您家的对]"
    "|总体|整体|感觉|觉得|还是|[还都给打评个就])*"
)
_AFTER = "(?:[吧了的哈啦哦呢呀啊噢喔嘛]|谢谢|辛苦了?|(?:你们?的?|这次的?)?(?:服务|态度|客服))*"
_SCORE = re.compile(rf"{_BEFORE}(?P<number>[1-5一二两三四五])(?:分|颗?星级?)?(?:好评)?{_AFTER}")
_WORD = re.compile(rf"{_BEFORE}(?:{'|'.join(f'(?P<word_{score}>{words})' for score, words in _WORDS.items())}){_AFTER}")
_STARS = re.compile(r"(?P<full>[★⭐🌟]+)️*(?P<empty>☆*)")
_BREAKS = re.compile(r"[\s,，。.!！;；、~～:：…]+")
_MOST_STARS = 5


@dataclass(frozen=True, slots=True)
class Rating:
    """A score from 1 to 5, and what else was said."""

    score: int
    words: str = ""


def read_rating(text: str) -> Rating | None:
    """What an answer to an invitation rates; None where it does not."""
    clauses = [clause for clause in _BREAKS.split(unicodedata.normalize("NFKC", text).strip()) if clause]
    scores = [_read_clause(clause) for clause in clauses]
    # A number rules over the words beside it: 态度很好,4分.
    numbered = (place for place, found in enumerate(scores) if found and found[1])
    place = next(numbered, next((place for place, found in enumerate(scores) if found), None))
    found = scores[place] if place is not None else None
    if place is None or found is None:
        return None
    words = "，".join([*clauses[:place], *clauses[place + 1 :]])
    return Rating(found[0], words[:LONGEST_WORDS])


def _read_clause(clause: str) -> tuple[int, bool] | None:
    """The score of a clause that is nothing but one, and whether it was told as a number."""
    stars = _STARS.fullmatch(clause)
    if stars:
        count = len(stars["full"])
        return (count, True) if count <= _MOST_STARS else None
    numbered = _SCORE.fullmatch(clause)
    if numbered:
        return _NUMBERS[numbered["number"]], True
    worded = _WORD.fullmatch(clause)
    if worded is None:
        return None
    return next(score for score in _WORDS if worded[f"word_{score}"]), False
