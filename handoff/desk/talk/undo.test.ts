import { expect, test } from "vitest";
import { UndoStack } from "./undo";

const entry = (id: string, until: number) => ({ id, label: id, until, undo: () => undefined });

test("the latest that can still be taken back is", () => {
  const stack = new UndoStack();
  stack.push(entry("resolve", 8_000));
  stack.push(entry("send", 3_000));
  expect(stack.take(5_000)?.id).toBe("resolve");
  expect(stack.take(5_000)).toBeNull();
});

test("one of several is taken by its id, once", () => {
  const stack = new UndoStack();
  stack.push(entry("a", 9));
  stack.push(entry("b", 9));
  expect(stack.take(0, "a")?.id).toBe("a");
  expect(stack.take(0, "a")).toBeNull();
  expect(stack.alive(0).map((each) => each.id)).toEqual(["b"]);
});
