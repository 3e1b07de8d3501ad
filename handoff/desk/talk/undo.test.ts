import { expect, test } from "vitest";
import { UndoStack } from "./undo";

const entry = (id: string, until: number, ticket?: string) => ({ id, label: id, until, undo: () => undefined, ...(ticket ? { ticket } : {}) });

test("the latest that can still be taken back is", () => {
  const stack = new UndoStack();
  stack.push(entry("resolve", 8_000));
  stack.push(entry("send", 3_000));
  expect(stack.takeLatest(5_000, null)?.id).toBe("resolve");
  expect(stack.takeLatest(5_000, null)).toBeNull();
});

test("one of several is taken by its id, once", () => {
  const stack = new UndoStack();
  stack.push(entry("a", 9));
  stack.push(entry("b", 9));
  expect(stack.take(0, "a")?.id).toBe("a");
  expect(stack.take(0, "a")).toBeNull();
  expect(stack.alive(0).map((each) => each.id)).toEqual(["b"]);
});

test("a reply is taken back in its own conversation alone, a step from anywhere", () => {
  const stack = new UndoStack();
  stack.push(entry("resolve", 9));
  stack.push(entry("here", 9, "t-1"));
  stack.push(entry("elsewhere", 9, "t-2"));
  expect(stack.takeLatest(0, "t-1")?.id).toBe("here");
  expect(stack.takeLatest(0, "t-1")?.id).toBe("resolve");
  expect(stack.takeLatest(0, "t-1")).toBeNull();
});

test("an answer that comes late does not change which was the last", () => {
  const stack = new UndoStack();
  stack.push(entry("first", 9, "t-1"));
  stack.push(entry("second", 9, "t-1"));
  stack.push(entry("first", 12, "t-1"));
  expect(stack.takeLatest(0, "t-1")?.id).toBe("second");
  expect(stack.alive(10).map((each) => each.id)).toEqual(["first"]);
});
