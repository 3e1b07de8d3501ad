import { expect, test } from "vitest";
import type { Held } from "./stopped";
import type { Sending } from "./outbox";
import { joinLines, lastSeen, weaveThread, type Line } from "./thread";

const line = (id: string, minute: number): Line =>
  ({ id, at: `2026-06-18T10:0${minute}:00Z`, author: "buyer", text: id });
const deed = (id: string, minute: number, change = "ticket.claimed") => ({
  id,
  at: `2026-06-18T10:0${minute}:30Z`,
  agent: "lan",
  change,
  text: "",
});

test("notes and deeds stand where they happened, what is on its way comes last", () => {
  const sending = { id: "r-2", writtenAt: 0 } as Sending;
  const held = [{ id: "r-1" } as Held, { id: "r-0" } as Held];
  const sent = line("t-1:r-0", 3);
  const shown = weaveThread([line("a", 1), sent], [deed("n", 4, "ticket.noted"), deed("c", 1)], held, [sending]);
  expect(shown.map((each) => `${each.kind} ${each.key}`)).toEqual(["line a", "event c", "line t-1:r-0", "note n", "held r-1", "sending r-2"]);
});

test("a reply that has arrived is not on its way any more", () => {
  const sending = { id: "r-1", writtenAt: 0 } as Sending;
  expect(weaveThread([line("t-1:r-1", 1)], [], [], [sending]).map((each) => each.kind)).toEqual(["line"]);
  expect(weaveThread([], [], [{ id: "r-1" } as Held], [sending]).map((each) => each.kind)).toEqual(["held"]); // the service has it
});

test("older pages join without repeating a line", () => {
  const joined = joinLines([line("a", 1), line("b", 2)], [line("b", 2), line("c", 3)]);
  expect(joined.map((each) => each.id)).toEqual(["a", "b", "c"]);
  expect(lastSeen(joined)).toBe("c");
  expect(lastSeen([])).toBeNull();
});
