import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRows, type Rows } from "./rows";

// The API's client asks for the page's address, and for fetch, when it is loaded.
const { answer } = vi.hoisted(() => {
  const told = vi.fn<(request: Request) => Promise<Response>>();
  vi.stubGlobal("location", { origin: "http://desk.test" });
  vi.stubGlobal("fetch", told);
  vi.stubGlobal("window", globalThis);
  return { answer: told };
});

let rows: Rows;

beforeEach(() => {
  vi.useFakeTimers();
  rows = createRows("lan");
});
afterEach(() => {
  vi.useRealTimers();
});

function hear(id: string, version: number, claimed_by: string | null = null): void {
  const handoff = { id, version, claimed_by, state: claimed_by ? "claimed" : "queued", snooze: null };
  rows.hear({ handoff, changes: ["ticket.opened"] } as Parameters<Rows["hear"]>[0]);
}

test("what happens to others' conversations waits while much happens, to mine it does not", () => {
  hear("t-1", 1);
  hear("t-2", 1, "qing");
  expect([...rows.known.keys()]).toEqual(["t-1"]);
  hear("t-3", 1, "lan");
  expect([...rows.known.keys()]).toEqual(["t-1", "t-2", "t-3"]);
});

test("what is no longer mine is shown at once, too", () => {
  hear("t-3", 1, "lan");
  hear("t-3", 2, "qing");
  expect(rows.known.get("t-3")?.claimed_by).toBe("qing");
});

test("counts that are read hold what was told before them", async () => {
  const counts = { mine: 0, snoozed: 0, queue: 7, open: 7, late: 0 };
  answer.mockResolvedValue(Response.json({ items: [], next: null, counts }));
  hear("t-1", 1);
  hear("t-2", 1);
  await rows.count();
  vi.advanceTimersByTime(1000);
  expect(rows.known.has("t-2")).toBe(true);
  expect(rows.counts.value).toEqual(counts);
});
