import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Together } from "./together";

let shown: string[];
let together: Together<string>;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", globalThis);
  shown = [];
  together = new Together((told: string) => shown.push(told), 400);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("the first is shown at once, what follows closely in one go", () => {
  for (const told of ["a", "b", "c"]) together.hear(told, true);
  expect(shown).toEqual(["a"]);
  vi.advanceTimersByTime(399);
  expect(shown).toEqual(["a"]);
  vi.advanceTimersByTime(1);
  expect(shown).toEqual(["a", "b", "c"]);
});

test("after a going together the next waits again, after a pause it does not", () => {
  together.hear("a", true);
  together.hear("b", true);
  vi.advanceTimersByTime(400);
  together.hear("c", true);
  expect(shown).toEqual(["a", "b"]);
  vi.advanceTimersByTime(800);
  together.hear("d", true);
  expect(shown).toEqual(["a", "b", "c", "d"]);
});

test("what may not wait brings all before it along, in their order", () => {
  for (const told of ["a", "b"]) together.hear(told, true);
  together.hear("mine", false);
  expect(shown).toEqual(["a", "b", "mine"]);
});
