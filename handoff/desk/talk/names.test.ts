import { expect, test } from "vitest";
import type { Colleague } from "../team";
import { findNames, readNamed } from "./names";

test.each([
  ["@", 0, ""],
  ["请@小", 1, "小"],
  ["麻烦 ＠qing", 3, "qing"],
])("%s asks for a name", (text, from, query) => {
  expect(readNamed(text)).toEqual({ from, query });
});

test.each(["", "mei@shop", "@小青 看一下", "@@"])("%s asks for none that is typed", (text) => {
  expect(readNamed(text)?.query ?? "").toBe("");
});

const person = (id: string, name: string, status: Colleague["status"]): Colleague => ({
  id, name, status, role: "agent", shops: null, groups: [], capacity: null, held: 0, late: 0, seen_at: null,
});
const GROUPS = { aftersale: "售后", supervisor: "店长" };
const PEOPLE = [person("hui", "小慧", "offline"), person("qing", "小青", "online"), person("zhu", "", "online")];

test("who is there comes first, then groups, then who is not", () => {
  expect(findNames("", PEOPLE, GROUPS, {}).map((each) => each.name)).toEqual(["小青", "zhu", "售后", "店长", "小慧"]);
});

test("names are found by a part of them, and by the beginning of what they sign in with", () => {
  expect(findNames("慧", PEOPLE, GROUPS, {}).map((each) => each.id)).toEqual(["hui"]);
  expect(findNames("QI", PEOPLE, GROUPS, {}).map((each) => each.id)).toEqual(["qing"]);
  expect(findNames("售", PEOPLE, GROUPS, {}).map((each) => each.id)).toEqual(["aftersale"]);
});

test("a group is named as its shop calls it, or by its id", () => {
  const [aftersale] = findNames("售后", PEOPLE, GROUPS, { aftersale: "售后组" });
  const [lead] = findNames("店长", PEOPLE, GROUPS, { aftersale: "售后组" });
  expect([aftersale?.said, lead?.said]).toEqual(["售后组", "supervisor"]);
});
