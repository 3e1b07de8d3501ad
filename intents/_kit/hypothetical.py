"""Damage spoken of before there is any: 裂了包退吗 asks for the shop's rule and reports nothing."""

from typing import Final

from app.domain.catalogue import FaqEntry
from app.domain.outcome import Outcome
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply, find_best_entry, quote_faq_entry
from intents._framework.shared import shared_cues

note = load_notes(__file__)

DAMAGE_POLICY_TOLD: Final = note("damage_policy_told")


def is_hypothetical(text: str) -> bool:
    """Whether the text only supposes the damage it speaks of, and asks what is done then."""
    cues = shared_cues()
    troubled = cues.hears("damaged", text) or cues.hears("fails_to_work", text)
    if not troubled or cues.hears("asks_of_shipping", text):
        return False
    return cues.hears("supposes", text) or (cues.hears("asks_liability", text) and not cues.hears("has_happened", text))


def continues_hypothetical(case: Case) -> bool:
    """Whether the rule was just told and this reports nothing either: 我在东北，家里有暖气."""
    told = any(line == DAMAGE_POLICY_TOLD or is_hypothetical(line) for line in case.conversation.tried[-1:])
    return told and not case.hears_in_message("damaged")


def state_damage_policy(case: Case) -> Outcome | None:
    """The shop's rule in its own words, else in general ones, once: who comes back has damage to report."""
    if DAMAGE_POLICY_TOLD in case.conversation.tried[-2:]:
        asks = is_hypothetical(case.message.text) and shared_cues().hears("asks_liability", case.message.text)
        said = case.replies.render_reply("if_damaged") if asks else None
        return compose_reply(said, tried=DAMAGE_POLICY_TOLD) if said else None
    entry = find_best_entry(case)
    if entry and _is_damage_policy(entry):
        return quote_faq_entry(case, entry)
    return compose_reply(case.replies.render_reply("if_damaged"), tried=DAMAGE_POLICY_TOLD)


def _is_damage_policy(entry: FaqEntry) -> bool:
    """收到破损怎么办 is answered with an apology, which nobody has earned yet."""
    return any(map(is_hypothetical, (entry.question, *entry.similar_questions)))
