"""Ids: those of turns stand together in an index, those of tickets are told apart at a glance."""

from app.main import new_id, new_ticket_id


def test_ids_rise_with_the_clock() -> None:
    made = [new_id() for _ in range(50)]

    shown = [each[:16] for each in made]
    assert shown == sorted(shown)
    assert len(set(made)) == 50


def test_tickets_of_one_moment_differ_in_the_digits_that_are_shown() -> None:
    shown = {new_ticket_id()[:8] for _ in range(50)}

    assert len(shown) == 50
