import { expect, test, vi } from "vitest";
import { Alarm, writeTitle } from "./alarm";
import type { Row } from "./queue/order";
import type { Bell } from "./sound";

const NOW = Date.parse("2026-06-18T10:00:00Z");
const row = (more: Partial<Row> = {}) =>
  ({ id: "a", unread: 1, waiting_since: "2026-06-18T09:58:20Z", answer_due: "2026-06-18T10:01:12Z", transfer: null, ...more }) as Row;

function rig() {
  const play = vi.fn();
  const waitedLong = vi.fn();
  return { play, waitedLong, alarm: new Alarm("lan", { play } as unknown as Bell, { waitedLong }) };
}

test("who has waited a hundred seconds is told once, and again when they write anew", () => {
  const { alarm, play, waitedLong } = rig();
  alarm.tick([row({ waiting_since: "2026-06-18T09:58:21Z", unread: 0 })], NOW, true);
  expect(waitedLong).not.toHaveBeenCalled();
  alarm.tick([row()], NOW, true);
  alarm.tick([row()], NOW + 1000, true);
  expect(waitedLong).toHaveBeenCalledTimes(1);
  expect(play.mock.calls).toEqual([["late"]]);
});

test("what nobody has looked at rings again after half a minute, in one tab only", () => {
  const { alarm, play } = rig();
  const young = [row({ waiting_since: "2026-06-18T09:59:50Z" })];
  alarm.tick(young, NOW, false);
  expect(play).not.toHaveBeenCalled();
  alarm.tick(young, NOW, true);
  alarm.tick(young, NOW + 29_000, true);
  alarm.tick(young, NOW + 30_000, true);
  expect(play.mock.calls).toEqual([["buyer"], ["buyer"]]);
});

test("the title says how many wait and how long the first still has", () => {
  expect(writeTitle([row(), row({ id: "b", answer_due: "2026-06-18T10:02:00Z" })], NOW)).toBe("(2) 1:12 小二");
  expect(writeTitle([row({ unread: 0, answer_due: null })], NOW)).toBe("小二工作台");
});
