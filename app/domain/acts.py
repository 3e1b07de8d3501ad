"""What a message does in the conversation, beside what it asks for: agrees, turns down, puts off, thanks."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """One dialogue act; each has its own file of wordings under intents/_acts/."""

    AFFIRM = "affirm"  # 对, 好的, 就这个价
    DENY = "deny"  # 不是质量问题
    REFUSE = "refuse"  # 不用了
    CHOOSE = "choose"  # 第二个, 大的那款
    CORRECT = "correct"  # 打错了，是中号
    DEFER = "defer"  # 明天再说
    WITHDRAW = "withdraw"  # 不改了, 我点错了
    CANCEL = "cancel"  # 取消订单
    THANK = "thank"
    CLOSE = "close"  # 再见, 没别的了
    COMPLAIN = "complain"  # 太慢了, 呵呵
    ASK = "ask"
    TELL = "tell"  # 昨天拍的, 盖子裂了
    GREET = "greet"
    WAIT = "wait"  # 稍等我找一下
    LACK = "lack"  # 没有单号, 不记得了
    DECLINE_PERSON = "decline_person"  # 先别转人工
    CLAIM = "claim"  # 你们客服说过可以退
    AUTOMATIC = "automatic"  # 自动回复, [语音]
    QUOTE = "quote"  # 「满99包邮」我这单包吗


@dataclass(frozen=True, slots=True)
class ActSpan:
    """What one clause does.

    Attributes:
        start, end: offsets into the normalised message.
        acts: none where nothing is clear.
        negated: what the clause says is not so or not wanted, 质量问题 of 不是质量问题; empty where it negates nothing.
    """

    start: int
    end: int
    acts: frozenset[Act]
    negated: str = ""


@dataclass(frozen=True, slots=True)
class DialogueActs:
    """What a message, or one request of it, does.

    Attributes:
        found: the acts of the message as a whole and of each clause.
        clauses: in order.
    """

    found: frozenset[Act] = frozenset()
    clauses: tuple[ActSpan, ...] = ()

    def __contains__(self, act: Act) -> bool:
        return act in self.found

    def __iter__(self) -> Iterator[Act]:
        return iter(sorted(self.found))

    def has_any(self, *acts: Act) -> bool:
        """Whether it does one of these."""
        return not self.found.isdisjoint(acts)

    def has_only(self, *acts: Act) -> bool:
        """Whether each clause does one of these and nothing else does happen."""
        allowed = frozenset(acts)
        clear = all(each.acts and each.acts <= allowed for each in self.clauses)
        return bool(self.clauses) and clear and self.found <= allowed

    def between(self, start: int, end: int) -> "DialogueActs":
        """Those of the clauses that begin in this stretch of the message."""
        inside = tuple(each for each in self.clauses if start <= each.start < end)
        return DialogueActs(frozenset().union(*(each.acts for each in inside)), inside)


NO_ACTS = DialogueActs()
