import { expect, test } from "vitest";
import { placesInSight, ROW_HEIGHT, topFor } from "./drawn";

test("of 2,000 rows those in sight are drawn, and a few beside them", () => {
  expect(placesInSight(2000, 0, 10 * ROW_HEIGHT)).toEqual({ from: 0, to: 16 });
  expect(placesInSight(2000, 100 * ROW_HEIGHT, 10 * ROW_HEIGHT)).toEqual({ from: 94, to: 116 });
  expect(placesInSight(2000, 1990 * ROW_HEIGHT, 10 * ROW_HEIGHT)).toEqual({ from: 1984, to: 2000 });
});

test("a list that became short draws no row that is not there", () => {
  expect(placesInSight(0, 0, 600)).toEqual({ from: 0, to: 0 });
  expect(placesInSight(3, 100 * ROW_HEIGHT, 600)).toEqual({ from: 3, to: 3 });
});

test("a row comes into sight by the shortest way, and one in sight moves nothing", () => {
  const height = 5 * ROW_HEIGHT;
  expect(topFor(3, 0, height)).toBe(0);
  expect(topFor(5, 0, height)).toBe(ROW_HEIGHT);
  expect(topFor(2, 4 * ROW_HEIGHT, height)).toBe(2 * ROW_HEIGHT);
});
