"""Choosing and filling the sentences a buyer reads: no variant twice in a conversation, the shop's own tone."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from zlib import crc32

from app.language.tone import apply_tone
from app.shop.schema import ShopSettings
from intents._framework.contract import RenderedReply
from intents._framework.registry import IntentDefinition


class IntentReplies:
    """The sentences of one intent in one turn of one conversation.

    The choice depends on `seed` and on what was said already, never on chance, so that a turn computed twice says the
    same. When every variant of a key is used up, the one said longest ago comes again.
    """

    def __init__(
        self,
        definition: IntentDefinition,
        settings: ShopSettings,
        used: Sequence[str],
        seed: str = "",
        *,
        english: bool = False,
    ) -> None:
        self._definition = definition
        self._tone = settings.tone
        self._used = list(used)
        self._seed = seed
        self._english = definition.english if english else {}

    def render_reply(self, key: str, /, **values: object) -> RenderedReply:
        """One variant of `key` filled with `values`; KeyError when there is none, or a value it needs is not given."""
        owner, variants = self._find_variants(key)
        names = _variant_ids(owner, key, len(variants))
        chosen = self._choose_variant(key, names)
        self._used.append(names[chosen])
        return RenderedReply(self._fill_variant(variants[chosen], values), names[chosen])

    @property
    def intent_title(self) -> str:
        """The intent's Chinese name."""
        return self._definition.title

    def has_reply(self, key: str) -> bool:
        """Whether there is such a sentence."""
        return key in self._definition.replies or key in self._definition.shared

    def _find_variants(self, key: str) -> tuple[str, tuple[str, ...]]:
        english = self._english.get(key)
        if english:
            return f"{self._definition.id}/english", english
        own = self._definition.replies.get(key)
        return (self._definition.id, own) if own else ("shared", self._definition.shared[key])

    def _choose_variant(self, key: str, names: Sequence[str]) -> int:
        fresh = [index for index, name in enumerate(names) if name not in self._used]
        if fresh:
            return fresh[crc32(f"{self._seed}/{key}".encode()) % len(fresh)]
        last_said = {name: position for position, name in enumerate(self._used)}
        return min(range(len(names)), key=lambda index: last_said[names[index]])

    def _fill_variant(self, variant: str, values: Mapping[str, object]) -> str:
        toned = apply_tone(variant, self._tone.address, emoji=self._tone.emoji)
        return toned.format(**{"address": self._tone.address, **values})


@lru_cache(maxsize=1024)
def _variant_ids(owner: str, key: str, count: int) -> tuple[str, ...]:
    return tuple(f"{owner}/{key}/{index}" for index in range(count))
