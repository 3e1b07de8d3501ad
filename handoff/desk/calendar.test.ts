import { expect, test } from "vitest";
import { dayAt, formatDay, formatTime, localValue } from "./calendar";

test("another day's time says the day", () => {
  const at = new Date(2026, 5, 18, 9, 5).toISOString();
  expect(formatTime(at, new Date(2026, 5, 18, 23).getTime())).toBe("09:05");
  expect(formatTime(at, new Date(2026, 5, 19, 1).getTime())).toBe("06-18 09:05");
});

test("days are those of the wall, over the ends of months and years", () => {
  const now = new Date(2026, 5, 18, 15, 20);
  expect([dayAt(now, 0), dayAt(now, -6)]).toEqual([new Date(2026, 5, 18), new Date(2026, 5, 12)]);
  expect([formatDay(dayAt(now, 0)), formatDay(dayAt(now, -17))]).toEqual(["06-18", "06-01"]);
  expect(localValue(dayAt(new Date(2026, 11, 31, 22, 5), 1, 10))).toBe("2027-01-01T10:00");
});
