import { expect, test } from "vitest";
import { belongs, holdStill, longestWaiting, neighbour, sortRows, type Row } from "./order";

function row(id: string, more: Partial<Row> = {}): Row {
  return {
    id,
    state: "queued",
    priority: "normal",
    claimed_by: null,
    answer_due: null,
    last_line: null,
    snooze: null,
    created_at: "2026-06-18T10:00:00Z",
    ...more,
  } as Row;
}

const said = (at: string) => ({ author: "buyer", text: "在吗", at });
const ids = (rows: Row[]) => rows.map((each) => each.id);

test("who must be answered next comes first, the answered ones last and the latest of them first", () => {
  const rows = [
    row("quiet", { last_line: said("2026-06-18T10:05:00Z") }),
    row("later", { answer_due: "2026-06-18T10:09:00Z", priority: "urgent" }),
    row("latest", { last_line: said("2026-06-18T10:06:00Z") }),
    row("soon", { answer_due: "2026-06-18T10:08:00Z" }),
  ];
  expect(ids(sortRows(rows, "due"))).toEqual(["soon", "later", "latest", "quiet"]);
});

test("urgency breaks ties", () => {
  const answer_due = "2026-06-18T10:08:00Z";
  const rows = [row("a", { answer_due }), row("b", { answer_due, priority: "urgent" })];
  expect(ids(sortRows(rows, "due"))).toEqual(["b", "a"]);
});

test("other orders", () => {
  const rows = [
    row("old", { created_at: "2026-06-18T09:00:00Z", last_line: said("2026-06-18T11:00:00Z") }),
    row("new", { created_at: "2026-06-18T10:30:00Z" }),
  ];
  expect(ids(sortRows(rows, "recent"))).toEqual(["old", "new"]);
  expect(ids(sortRows([...rows].reverse(), "opened"))).toEqual(["old", "new"]);
});

test("a list holds its own", () => {
  expect(belongs(row("a"), "queue", "lan")).toBe(true);
  expect(belongs(row("a", { state: "claimed", claimed_by: "lan" }), "mine", "lan")).toBe(true);
  expect(belongs(row("a", { state: "claimed", claimed_by: "qing" }), "mine", "lan")).toBe(false);
  const snooze = { by: "lan", until: null };
  const later = row("a", { state: "claimed", claimed_by: "lan", snooze });
  expect([belongs(later, "mine", "lan"), belongs(later, "snoozed", "lan")]).toEqual([false, true]);
  expect(belongs(row("a", { state: "returned" }), "ended", "lan")).toBe(true);
});

test("under a pointer no row moves, and what came is counted", () => {
  expect(holdStill(["a", "b", "c"], ["new", "c", "a"], "a")).toEqual({ ids: ["a", "c"], fresh: 1 });
});

test("nothing is held without a pointer, in an empty list, or from whoever opened it", () => {
  const whole = { ids: ["new", "a"], fresh: 0 };
  expect(holdStill(null, ["new", "a"], null)).toEqual(whole);
  expect(holdStill([], ["new", "a"], null)).toEqual(whole);
  expect(holdStill(["a"], ["new", "a"], "new")).toEqual(whole);
});

test("keys go up and down and stay at the ends", () => {
  expect(neighbour(["a", "b"], null, 1)).toBe("a");
  expect(neighbour(["a", "b"], "a", 1)).toBe("b");
  expect(neighbour(["a", "b"], "b", 1)).toBe("b");
  expect(neighbour([], "b", -1)).toBeNull();
});

test("the longest wait is the one due first", () => {
  const rows = [row("a"), row("b", { answer_due: "2026-06-18T10:08:00Z" })];
  expect(longestWaiting(rows)?.id).toBe("b");
  expect(longestWaiting([row("a")])).toBeNull();
});
