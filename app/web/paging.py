"""Parameters of lists: validated names, limits and cursors, so that none can hurt the store."""

from typing import Annotated

from fastapi import Path, Query

from app.domain.plain_text import ID_PATTERN, LONGEST_ID

# Ids of our own making: letters, digits and a few marks. Anything else cannot exist and never reaches a query.
AGENTS_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:~-]{0,255}$"
OWN_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:~-]{0,511}$"  # an outbox row's holds a ticket's and an agent's
LONGEST_SHOP = 255  # a folder's name
MAX_PAGE_SIZE = 100

Id = Annotated[str, Path(pattern=OWN_ID_PATTERN, examples=["01JD3Z6X7K"])]
ShopName = Annotated[
    str | None,
    Query(min_length=1, max_length=LONGEST_SHOP, pattern=ID_PATTERN, description="只看这家店铺", examples=["demo"]),
]
ShopInPath = Annotated[
    str, Path(min_length=1, max_length=LONGEST_SHOP, pattern=ID_PATTERN, description="店铺", examples=["demo"])
]
BuyerInPath = Annotated[
    str, Path(min_length=1, max_length=LONGEST_ID, pattern=ID_PATTERN, description="买家编号", examples=["buyer-01"])
]
BuyerQuery = Annotated[
    str, Query(min_length=1, max_length=LONGEST_ID, pattern=ID_PATTERN, description="买家编号", examples=["buyer-01"])
]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE, description="每页条数")]
Cursor = Annotated[
    str | None, Query(pattern=r"^[A-Za-z0-9_=.:~-]{1,512}$", description="上一页返回的 next", examples=[None])
]


def shop_filter(shop: str | None) -> frozenset[str] | None:
    """The requested shop as a filter."""
    return frozenset({shop}) if shop else None
