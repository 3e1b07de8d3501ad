import { expect, test } from "vitest";
import { formatLeft, mannerOf, secondsUntil, ServerClock } from "./clock";

const NOON = Date.parse("2026-06-18T12:00:00Z");

test("seconds count by the service's clock, not by this machine's", () => {
  const clock = new ServerClock();
  clock.set("2026-06-18T12:00:00Z", NOON - 90_000);
  expect(secondsUntil("2026-06-18T12:01:12Z", clock.now(NOON - 90_000))).toBe(72);
});

test("a second begun is a second gone, and nothing that waits has no clock", () => {
  expect(secondsUntil("2026-06-18T12:00:01Z", NOON + 1)).toBe(0);
  expect(secondsUntil("2026-06-18T12:00:00Z", NOON + 1)).toBe(-1);
  expect(secondsUntil(null, NOON)).toBeNull();
});

test.each([
  [180, "", "3:00"],
  [60, "", "1:00"],
  [59, "soon", "0:59"],
  [0, "soon", "0:00"],
  [-1, "late", "-0:01"],
  [-7200, "late", "-2小时"],
  [-200_000, "late", "-2天"],
])("%i seconds are told as they are", (left, manner, told) => {
  expect([mannerOf(left), formatLeft(left)]).toEqual([manner, told]);
});
