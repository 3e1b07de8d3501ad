"""Where a buyer wants goods sent: the places a request names, else those of its whole message."""

from app.domain.understanding import EntityKind
from app.language.places import find_places
from app.language.text import normalise
from intents._framework.contract import Case


def named_places(case: Case) -> tuple[str, ...]:
    """The places by their names as said, in order; a dish's or an article's name (北京烤鸭) names none."""
    asked = tuple(entity.text for entity in case.request.entities if entity.kind is EntityKind.PLACE)
    if asked or case.message.text == case.request.text:
        return asked
    return tuple(place.text for place in find_places(normalise(case.message.text)) if not place.of_goods)
