import { beforeEach, expect, it, vi } from "vitest";
import { createMentions, type Mention } from "./mentions";

// The API's client asks for the page's address, and for fetch, when it is loaded.
const { answer } = vi.hoisted(() => {
  const told = vi.fn<(request: Request) => Promise<Response>>();
  vi.stubGlobal("location", { origin: "http://desk.test" });
  vi.stubGlobal("fetch", told);
  return { answer: told };
});

const mention = (id: string, ticket: string, more: Partial<Mention> = {}): Mention => ({
  id, shop: "demo", handoff_id: ticket, note_id: "n", agent: "lan", by: "qing", text: "@小兰 看一下", at: `2026-06-18T12:00:0${id}Z`, seen_at: null, ...more,
});
const made = (one: Mention) => ({ change: "mention.made", mention: one });

const named = vi.fn();
beforeEach(() => {
  named.mockReset();
  answer.mockReset();
});

it("keeps what is unread, the first named first, and tells each once", () => {
  const mentions = createMentions(named);
  mentions.hear(made(mention("2", "t-2")));
  mentions.hear(made(mention("1", "t-1")));
  mentions.hear(made(mention("2", "t-2")));
  expect(mentions.tickets.value).toEqual(["t-1", "t-2"]);
  expect(named).toHaveBeenCalledTimes(2);
  mentions.hear({ change: "mention.seen", mention: mention("1", "t-1", { seen_at: "2026-06-18T12:01:00Z" }) });
  expect(mentions.tickets.value).toEqual(["t-2"]);
});

it("is read by looking at its conversation, and stays unread where that could not be told", async () => {
  const mentions = createMentions(named);
  mentions.hear(made(mention("1", "t-1")));
  await mentions.see("t-2");
  expect(answer).not.toHaveBeenCalled();
  answer.mockRejectedValueOnce(new TypeError("offline"));
  await expect(mentions.see("t-1")).rejects.toThrow("连不上服务");
  expect(mentions.tickets.value).toEqual(["t-1"]);
  answer.mockResolvedValueOnce(new Response(null, { status: 204 }));
  await mentions.see("t-1");
  expect(mentions.tickets.value).toEqual([]);
});

it("reads what came while nobody listened, and rings for none of it", async () => {
  const mentions = createMentions(named);
  answer.mockResolvedValueOnce(Response.json({ items: [mention("1", "t-1")], next: null, unread: 1 }));
  await mentions.load();
  expect([mentions.tickets.value, named.mock.calls.length]).toEqual([["t-1"], 0]);
});
