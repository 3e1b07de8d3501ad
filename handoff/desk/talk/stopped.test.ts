import { expect, test } from "vitest";
import { countStopped, linesAfter, type Held } from "./stopped";
import type { Line } from "./thread";

const held = (id: string, more: Partial<Held> = {}): Held => ({
  id, handoff_id: "t-1", agent: "lan", text: "亲", held_at: "", send_at: "", after: "m-1", scheduled: false, state: "held", why: null, ...more,
});
const line = (id: string, agent?: string): Line => ({ id, at: "", author: agent ? "agent" : "buyer", text: id, ...(agent ? { agent } : {}) });

test("only what was stopped is counted, by conversation", () => {
  const counted = countStopped([held("a", { state: "stopped" }), held("b", { state: "stopped", handoff_id: "t-2" }), held("c"), held("d", { state: "stopped" })]);
  expect([...counted]).toEqual([["t-1", 2], ["t-2", 1]]);
});

test("what others wrote after it is shown, and only where that is why", () => {
  const lines = [line("m-1"), line("l-1", "lan"), line("m-2"), line("l-2", "zhu")];
  expect(linesAfter(lines, held("a", { why: "newer_lines" })).map((each) => each.id)).toEqual(["m-2", "l-2"]);
  expect(linesAfter(lines, held("a", { why: "changed_hands" }))).toEqual([]);
});
