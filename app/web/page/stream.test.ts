import { expect, test } from "vitest";
import { EventParser, retryDelay } from "./stream";

test("events are read however they are cut, and heartbeats are none", () => {
  const parser = new EventParser();
  const whole = 'retry: 500\nevent: hello\ndata: {"a":1}\n\n:\n\nevent: ticket\ndata: {"b":"\\n"}\n\n';
  const told = Array.from(whole).flatMap((each) => parser.push(each));
  expect(told).toEqual([
    { name: "hello", data: '{"a":1}' },
    { name: "ticket", data: '{"b":"\\n"}' },
  ]);
  expect(parser.push("event: ticket\ndata: {}")).toEqual([]);
});

test("desks come back at different times, soon at first and never later than some seconds", () => {
  expect(retryDelay(0, () => 0)).toBe(250);
  expect(retryDelay(0, () => 1)).toBe(750);
  expect(retryDelay(50, () => 0.5)).toBe(5000);
});
