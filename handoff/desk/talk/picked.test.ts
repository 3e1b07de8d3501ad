import { expect, test } from "vitest";
import { findAnswer, lastOf, nameVariables } from "./picked";
import type { Line } from "./thread";

const line = (author: Line["author"], text: string) => ({ id: text, at: "2026-11-30T01:00:00Z", author, text, type: "text" }) as Line;
const LINES = [line("buyer", "能刻字吗"), line("bot", "为您转人工"), line("agent", "可以刻"), line("buyer", "好"), line("agent", "不客气")];

test("a buyer's name and orders become variables", () => {
  const names = { buyer: "小雨", orders: ["8800100001"] };
  expect(nameVariables("小雨，8800100001 今天发", names)).toBe("{{买家}}，{{订单号}} 今天发");
  expect(nameVariables("亲，稍等", { buyer: null, orders: [] })).toBe("亲，稍等");
});

test("a question's answer is what a person said next, not the bot", () => {
  expect(findAnswer(LINES, LINES[0] as Line)).toBe("可以刻");
  expect(findAnswer(LINES.slice(0, 2), LINES[0] as Line)).toBe("");
  expect([lastOf(LINES, "agent")?.text, lastOf(LINES, "buyer")?.text, lastOf([], "buyer")]).toEqual(["不客气", "好", null]);
});
