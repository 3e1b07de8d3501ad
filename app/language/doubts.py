"""Doubts as questions: 那你保证不会裂 asks whether it will, and so does 裂不裂."""

import re

_DOUBT = re.compile(
    r"^(?:那|那么|所以|亲)?(?:你们?|您|店家|老板)?(?:能不能|敢不敢|能|敢)?(?:保证|确定|肯定|确保|承诺)(?:它|这个?|东西)?(?:一定|绝对|真的)?"
    r"(?:(?P<not>不会|不)|(?P<will>会|能|可以))(?P<what>[^,，。?？!！]{1,12}?)(?:的|了)?(?:吗|吧|么|嘛|对吧|是吧)?[?？!！。]*$"
)


_WHETHER = re.compile(r"(?P<verb>(?![不没])[\u4e00-\u9fff])[不没](?P=verb)")


def asks_whether(text: str) -> bool:
    """Whether a verb or an adjective is asked both ways: 防不防水, 厚不厚."""
    return _WHETHER.search(text) is not None


def restate_doubt(text: str) -> str | None:
    """The plain question behind a doubt (会裂吗 of 你保证不会裂); None where the text doubts nothing."""
    found = _DOUBT.match(text)
    if found is None:
        return None
    return f"{found['will'] or '会'}{found['what']}吗"
