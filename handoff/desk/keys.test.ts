import { expect, test } from "vitest";
import { findCommand, isComposing, matchesKeys, nameKeys, type KeyPress } from "./keys";

const press = (code: string, more: Partial<KeyPress> = {}): KeyPress => ({
  code,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  ...more,
});

test("keys are told apart by their place and every modifier", () => {
  expect(matchesKeys("Alt+KeyE", press("KeyE", { altKey: true }))).toBe(true);
  expect(matchesKeys("Alt+KeyE", press("KeyE", { altKey: true, ctrlKey: true }))).toBe(false);
  expect(matchesKeys("Control+Alt+KeyE", press("KeyE", { altKey: true, ctrlKey: true }))).toBe(true);
  expect(matchesKeys("Control+KeyK", press("KeyK", { metaKey: true }))).toBe(true);
  expect(matchesKeys("Shift+Slash", press("Slash"))).toBe(false);
});

test("an input method owns its keys, also the Enter that ends it", () => {
  expect(isComposing({ isComposing: true, keyCode: 13 })).toBe(true);
  expect(isComposing({ isComposing: false, keyCode: 229 })).toBe(true);
  expect(isComposing({ isComposing: false, keyCode: 13 })).toBe(false);
});

test("people read names of keys", () => {
  expect([nameKeys("Control+Alt+KeyE"), nameKeys("Alt+Digit1"), nameKeys("Shift+Slash")]).toEqual([
    "Ctrl Alt E",
    "Alt 1",
    "?",
  ]);
});

test("while typing, letters are letters, and what is not possible now is not run", () => {
  const yes = { id: "yes", label: "同意", keys: "KeyY", outsideText: true, run: () => undefined };
  const next = { id: "next", label: "下一个", keys: "Alt+KeyN", available: () => false, run: () => undefined };
  expect(findCommand([yes], press("KeyY"), true)).toBeNull();
  expect(findCommand([yes], press("KeyY"), false)?.id).toBe("yes");
  expect(findCommand([next], press("KeyN", { altKey: true }), false)).toBeNull();
});
