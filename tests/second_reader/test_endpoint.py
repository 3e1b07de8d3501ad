"""What leaves the process for a second reader, and what of its answers counts, over real HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.second_reading import Choice, Read, ReadingOutcome, SecondReading, Unsure
from app.http_client import outbound_client
from app.second_reader.bounded import BoundedReader, ReaderCaps
from app.second_reader.endpoint import EndpointReader
from tests.second_reader.endpoint import Script, ScriptedEndpoint, chosen, completed, scripted

INTENTS = (Choice("stock", "库存"), Choice("promotion", "优惠活动"), Choice("unclear", "不明"), Choice("other", "其他"))
ENTRIES = (Choice("F7", "可以机洗吗"), Choice("F9", "会不会缩水"))
UNSURE = Unsure("demo", "v1", "这个咋弄", INTENTS, ENTRIES)
NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Bounds:
    """A bounded reader on a scripted endpoint, with its clock and its counts."""

    def __init__(self, endpoint: ScriptedEndpoint, caps: ReaderCaps, *, private: bool) -> None:
        self.endpoint = endpoint
        self.client = outbound_client(allow_private=private, timeout=30)
        self.now = NOW
        self.counted: list[str] = []
        reader = EndpointReader(endpoint.url, "small", "k-1", self.client)
        self.reader = BoundedReader(reader, caps, lambda: self.now, lambda what: self.counted.append(str(what)))

    async def ask(self, text: str = UNSURE.text, version: str = "v1") -> SecondReading:
        return await self.reader.ask_reader(Unsure("demo", version, text, INTENTS, ENTRIES))


@asynccontextmanager
async def bounds(
    answer: Script, caps: ReaderCaps | None = None, *, private: bool = True, **more: object
) -> AsyncIterator[Bounds]:
    async with scripted(answer, **more) as endpoint:
        found = Bounds(endpoint, caps or ReaderCaps(seconds=30), private=private)
        try:
            yield found
        finally:
            await found.client.aclose()


async def test_a_choice_among_ours_is_read() -> None:
    async with bounds(chosen("promotion", "faq2")) as own:
        reading = await own.ask()

    assert (reading.outcome, reading.read) == (ReadingOutcome.ANSWERED, Read("promotion", "F9", sure=True))
    assert own.counted == ["asked", "answered"]


async def test_the_model_is_bound_to_our_choices_and_never_told_a_shops_ids() -> None:
    async with bounds(chosen("stock")) as own:
        await own.ask()
        sent = own.endpoint.asked[0]

    schema = sent["response_format"]["json_schema"]
    assert (sent["model"], sent["temperature"], schema["strict"]) == ("small", 0, True)
    assert schema["schema"]["properties"]["intent"]["enum"] == ["stock", "promotion", "unclear", "other"]
    assert schema["schema"]["properties"]["faq"]["enum"] == ["faq1", "faq2", None]
    assert schema["schema"]["properties"]["sure"]["enum"] == ["high", "low"]
    assert schema["schema"]["additionalProperties"] is False
    assert "F7" not in json.dumps(sent)
    assert "authorization: bearer k-1" in own.endpoint.headers[0].lower()


async def test_personal_data_stays_here() -> None:
    async with bounds(chosen("stock")) as own:
        await own.ask("我叫王小明，电话13812345678，地址是浙江省杭州市西湖区文三路100号，这个咋弄")
        told = json.dumps(own.endpoint.asked[0], ensure_ascii=False)

    assert "王小明" not in told
    assert "13812345678" not in told
    assert "文三路" not in told
    assert "****5678" in own.endpoint.question()["message"]


@pytest.mark.parametrize(
    "content",
    [
        "不是 JSON",
        "{}",
        '{"intent": "refund_all", "faq": null, "sure": "high"}',
        '{"intent": "stock", "faq": "faq3", "sure": "high"}',
        '{"intent": "stock", "faq": "F7", "sure": "high"}',
        '{"intent": "stock", "faq": null, "sure": "certain"}',
        '{"intent": "stock", "faq": null, "sure": 1}',
        '{"intent": "stock", "faq": null, "sure": "high", "reply": "亲，给您退一百元"}',
        '[{"intent": "stock", "faq": null, "sure": "high"}]',
        '{"intent": "王小明 13812345678", "faq": null, "sure": "high"}',
    ],
)
async def test_whatever_is_outside_the_choices_is_dropped(content: str) -> None:
    async with bounds(lambda _asked: completed(content)) as own:
        reading = await own.ask()

    assert (reading.outcome, reading.read) == (ReadingOutcome.DROPPED, None)
    assert own.counted == ["asked", "dropped"]


@pytest.mark.parametrize("body", ["", "<html>", '{"choices": []}', '{"choices": [{"message": {"content": null}}]}'])
async def test_a_malformed_completion_is_dropped(body: str) -> None:
    async with bounds(lambda _asked: body) as own:
        assert (await own.ask()).outcome is ReadingOutcome.DROPPED


@pytest.mark.parametrize("status", [302, 401, 429, 500])
async def test_an_error_of_the_reader_is_a_failure_and_nothing_of_it_is_kept(
    status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    async with bounds(lambda _asked: "13812345678", status=status) as own:
        reading = await own.ask()

    assert (reading.outcome, reading.read) == (ReadingOutcome.FAILED, None)
    assert "13812345678" not in capsys.readouterr().out


async def test_an_answer_without_end_is_cut_off() -> None:
    async with bounds(lambda _asked: "x" * 100_000) as own:
        assert (await own.ask()).outcome is ReadingOutcome.FAILED


async def test_a_slow_reader_is_not_waited_for() -> None:
    async with bounds(chosen("stock"), ReaderCaps(seconds=0.05), delay=5) as own:
        began = asyncio.get_running_loop().time()
        reading = await own.ask()
        took = asyncio.get_running_loop().time() - began

    assert reading.outcome is ReadingOutcome.LATE
    assert took < 3
    assert own.counted == ["asked", "late"]


async def test_a_reader_in_our_own_network_has_to_be_allowed() -> None:
    async with bounds(chosen("stock"), private=False) as own:
        assert (await own.ask()).outcome is ReadingOutcome.FAILED

    assert own.endpoint.asked == []


async def test_the_same_question_is_asked_once_a_version() -> None:
    async with bounds(chosen("stock")) as own:
        readings = [await own.ask(), await own.ask(), await own.ask(version="v2"), await own.ask("那个咋弄")]

    assert len(own.endpoint.asked) == 3
    assert readings[0].read == readings[1].read


async def test_numbers_that_are_masked_alike_are_one_question() -> None:
    async with bounds(chosen("stock")) as own:
        await own.ask("单号 2026010155550001 咋弄")
        await own.ask("单号 2026010166660001 咋弄")

    assert len(own.endpoint.asked) == 1


async def test_a_day_has_so_many_calls_and_the_next_day_again() -> None:
    async with bounds(chosen("stock"), ReaderCaps(daily=2, seconds=30)) as own:
        first = [(await own.ask(f"这个咋弄{word}")).outcome for word in "甲乙丙"]
        own.now += timedelta(days=1)
        later = (await own.ask("这个咋弄丙")).outcome

    assert first == [ReadingOutcome.ANSWERED, ReadingOutcome.ANSWERED, ReadingOutcome.WITHHELD]
    assert later is ReadingOutcome.ANSWERED
    assert own.counted.count("withheld") == 1


async def test_so_many_are_asked_at_once_and_the_others_go_their_usual_way() -> None:
    async with bounds(chosen("stock"), ReaderCaps(at_once=1, seconds=30), delay=0.1) as own:
        both = await asyncio.gather(own.ask("甲"), own.ask("乙"))

    assert [reading.outcome for reading in both] == [ReadingOutcome.ANSWERED, ReadingOutcome.WITHHELD]


async def test_a_reader_that_keeps_failing_rests() -> None:
    async with bounds(lambda _asked: "", status=500) as own:
        outcomes = [(await own.ask(f"这个咋弄{word}")).outcome for word in "甲乙丙丁戊己"]

    assert outcomes == [*[ReadingOutcome.FAILED] * 5, ReadingOutcome.WITHHELD]
    assert len(own.endpoint.asked) == 5
