"""The id a receiver tells a repeat by: without dots, and never the same for two rows."""

from hypothesis import given
from hypothesis import strategies as st

from app.delivery.callback import encode_webhook_id

ROW_IDS = st.text(st.sampled_from("ab.~_-:27e"), min_size=1, max_size=12)


@given(ROW_IDS)
def test_an_id_holds_no_dot(row_id: str) -> None:
    assert "." not in encode_webhook_id(row_id)


@given(ROW_IDS, ROW_IDS)
def test_two_rows_never_share_an_id(one: str, other: str) -> None:
    assert (encode_webhook_id(one) == encode_webhook_id(other)) == (one == other)


def test_what_an_escape_looks_like_is_escaped_too() -> None:
    assert len({encode_webhook_id(row_id) for row_id in ("r.1", "r_1", "r~2e1", "r~7e2e1")}) == 4
