"""What a list of the HTTP interface is asked with: names, limits and cursors that cannot hurt the store."""

from typing import Annotated

from fastapi import Path, Query

# Ids are ours: letters, digits and a few marks. Anything else cannot exist and never reaches a query.
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:~-]{0,255}$"
MAX_PAGE_SIZE = 100

Id = Annotated[str, Path(pattern=ID_PATTERN, examples=["01JD3Z6X7K"])]
ShopName = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="只看这家店铺", examples=["demo"])]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE, description="每页条数")]
Cursor = Annotated[
    str | None, Query(pattern=r"^[A-Za-z0-9_=.:~-]{1,512}$", description="上一页返回的 next", examples=[None])
]


def shop_filter(shop: str | None) -> frozenset[str] | None:
    """The shop asked for, as filters take it."""
    return frozenset({shop}) if shop else None
