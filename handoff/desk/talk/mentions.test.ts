import { expect, test } from "vitest";
import { mentions } from "./mentions";

test("a note names whom an @ stands before, by id or by name", () => {
  expect(mentions("@小青 麻烦看下", ["qing", "小青"])).toBe(true);
  expect(mentions("麻烦看下@qing", ["qing", "小青"])).toBe(true);
  expect(mentions("@小青3号库", ["qing", "小青"])).toBe(true);
  expect(mentions("@qingqing 看下", ["qing", "小青"])).toBe(false); // another
  expect(mentions("小青说过", ["qing", "小青"])).toBe(false);
  expect(mentions("@ 大家", [""])).toBe(false);
});
