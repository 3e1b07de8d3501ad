import { expect, test } from "vitest";
import { Outbox, type Sending } from "./outbox";

const kept = new Map<string, string>();
const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
const reply: Sending = { id: "r-1", ticket: "t-1", text: "亲", after: "m-1", leaves: { hold: true }, writtenAt: 0, state: "sending" };

test("a reply stays in the outbox through a restart until it is taken, once", () => {
  new Outbox(storage, "lan").put(reply);
  new Outbox(storage, "lan").put({ ...reply, state: "waiting" });
  const later = new Outbox(storage, "lan");
  expect(later.list()).toEqual([{ ...reply, state: "waiting" }]);
  expect(new Outbox(storage, "qing").list()).toEqual([]);
  expect(later.take("r-1")?.text).toBe("亲");
  expect(later.take("r-1")).toBeNull();
});
