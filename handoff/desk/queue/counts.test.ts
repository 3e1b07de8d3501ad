import { expect, test } from "vitest";
import { moveCounts } from "./counts";
import type { Row } from "./order";

const row = (state: Row["state"], claimed_by: string | null = null) => ({ state, claimed_by, snooze: null }) as Row;
const counts = { mine: 1, snoozed: 0, queue: 4, open: 7, late: 0 };

test("a claimed ticket leaves the queue and is mine, whether it was shown before or not", () => {
  const after = row("claimed", "lan");
  const expected = { mine: 2, snoozed: 0, queue: 3, open: 7, late: 0 };
  expect(moveCounts(counts, row("queued"), after, ["ticket.claimed"], "lan")).toEqual(expected);
  expect(moveCounts(counts, null, after, ["ticket.claimed"], "lan")).toEqual(expected);
});

test("what opens and ends is counted, what a buyer says is not", () => {
  expect(moveCounts(counts, null, row("queued"), ["ticket.opened"], "lan")).toMatchObject({ queue: 5, open: 8 });
  expect(moveCounts(counts, row("claimed", "lan"), row("resolved", "lan"), ["ticket.resolved"], "lan")).toMatchObject({ mine: 0, open: 6 });
  expect(moveCounts(counts, null, row("claimed", "qing"), ["buyer.wrote"], "lan")).toEqual(counts);
});
