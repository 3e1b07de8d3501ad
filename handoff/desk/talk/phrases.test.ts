import { expect, test } from "vitest";
import { fillPhrase, findPhrases, readAsked } from "./phrases";

const PHRASES = [
  { title: "发货时间", text: "付款后 48 小时内发出", pinyin: "fhsj" },
  { title: "发货地址", text: "从安吉发货", pinyin: "fhdz" },
  { title: "开票", text: "发票随货寄出", pinyin: "kp" },
];

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

test("phrases are found by initials, title or text, the nearest first", () => {
  const titles = (query: string) => findPhrases(PHRASES, query).map((each) => each.title);
  expect(titles("fhd")).toEqual(["发货地址"]);
  expect(titles("发")).toEqual(["发货时间", "发货地址", "开票"]);
  expect(titles("xx")).toEqual([]);
  expect(titles("")).toHaveLength(3);
});

test("what is known is filled in, the rest stays to be seen", () => {
  expect(fillPhrase("{{买家}}，订单 {{订单号}}", { 买家: "小雨" })).toBe("小雨，订单 {{订单号}}");
});
