import { expect, test } from "vitest";
import { readAsked } from "./phrases";

test.each([
  ["/", 0, ""],
  ["／fh", 0, "fh"],
  ["、发货", 0, "发货"],
  ["亲，/fh", 2, "fh"],
  ["亲 、", 2, ""],
])("%s asks for phrases", (text, from, query) => {
  expect(readAsked(text)).toEqual({ from, query });
});

test.each(["苹果、香蕉", "1/2", "每天/每周", "亲", "/fh 好"])("%s asks for none", (text) => {
  expect(readAsked(text)).toBeNull();
});
