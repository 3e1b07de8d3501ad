"""Who is at a ticket: news once, remembered while it is repeated, forgotten after some seconds."""

from handoff.presence import FORGOTTEN_AFTER, Doing, PresenceBoard, Present


class Seconds:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_only_what_changes_is_news() -> None:
    board = PresenceBoard(Seconds())
    said = [Doing.VIEWING, Doing.VIEWING, Doing.TYPING, Doing.VIEWING, Doing.LEFT, Doing.LEFT]

    assert [board.note("t-1", "lan", doing) for doing in said] == [True, False, True, True, True, False]
    assert board.list_present("t-1") == ()


def test_who_goes_on_saying_it_stays_and_who_is_silent_is_forgotten() -> None:
    clock = Seconds()
    board = PresenceBoard(clock)
    board.note("t-1", "lan", Doing.VIEWING)
    board.note("t-1", "qing", Doing.TYPING)
    clock.now += FORGOTTEN_AFTER / 2
    board.note("t-1", "lan", Doing.VIEWING)
    early = board.forget_silent("t-1")
    clock.now += FORGOTTEN_AFTER / 2

    assert (early, board.forget_silent("t-1")) == (False, True)
    assert board.list_present("t-1") == (Present("lan", Doing.VIEWING),)
    assert board.list_present("t-2") == ()
