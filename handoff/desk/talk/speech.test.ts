// What is said, held, stopped and taken back, against a service that answers as ours does.
import { beforeEach, expect, test, vi } from "vitest";
import { computed } from "vue";
import type { Held } from "./stopped";

const ORIGIN = "http://desk";
const SECOND = 1000;

/** Holds replies as the service does; `refusals` are answers to the next calls of a path's end. */
class Service {
  held: Held[] = [];
  said: string[] = [];
  calls: string[] = [];
  /** What becomes of a reply that is to leave now. */
  stops: Held["why"] = null;
  refusals = new Map<string, { status: number; problem: object }>();
  /** Answers to replies wait for this. */
  gate: Promise<void> = Promise.resolve();

  answer = async (request: Request): Promise<Response> => {
    const path = new URL(request.url).pathname;
    const [, ticket = "", rest = ""] = /^\/v1\/handoffs\/([^/]+)\/?(.*)$/.exec(path) ?? [];
    this.calls.push(`${request.method} ${ticket} ${rest}`.trim());
    const refusal = this.refusals.get(`${ticket}/${rest}`);
    if (refusal) return Response.json({ type: "urn:xiaoer:newer-lines", detail: "不行", ...refusal.problem }, { status: refusal.status });
    const found = this.held.find((each) => rest.startsWith(`replies/${each.id}`));
    if (path === "/v1/replies") return Response.json({ items: this.held });
    if (rest === "reply") {
      await this.hold(ticket, (await request.json()) as { id: string; text: string; send_at?: string });
    } else if (found && request.method === "DELETE") this.held = this.held.filter((each) => each !== found);
    else if (found) this.leave(found);
    return Response.json(this.show(ticket));
  };

  private async hold(ticket: string, body: { id: string; text: string; send_at?: string }): Promise<void> {
    const at = Date.now();
    const reply = { id: body.id, handoff_id: ticket, agent: "lan", text: body.text, after: null, why: null, parts: [], state: "held" as const };
    const times = { held_at: new Date(at).toISOString(), send_at: body.send_at ?? new Date(at + 3 * SECOND).toISOString() };
    this.held = [...this.held, { ...reply, ...times, scheduled: !!body.send_at }];
    await this.gate;
  }

  private leave(found: Held): void {
    if (this.stops) {
      this.held = this.held.map((each) => (each === found ? { ...each, state: "stopped", why: this.stops } : each));
      return;
    }
    this.held = this.held.filter((each) => each !== found);
    this.said.push(`${found.handoff_id}: ${found.text}`);
  }

  private show(ticket: string) {
    const held = this.held.filter((each) => each.handoff_id === ticket);
    return { id: ticket, version: this.calls.length, state: "claimed", claimed_by: "lan", brief: { transcript: [] }, history: [], held };
  }
}

function memory(): Storage {
  const kept = new Map<string, string>();
  return {
    get length() {
      return kept.size;
    },
    key: (place) => [...kept.keys()][place] ?? null,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
    clear: () => {
      kept.clear();
    },
  };
}

async function openDesk() {
  vi.resetModules();
  const service = new Service();
  vi.stubGlobal("location", { origin: ORIGIN });
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("localStorage", memory());
  vi.stubGlobal("fetch", service.answer);
  const { createConversation } = await import("./conversation");
  const { createBox } = await import("./box");
  const { createPictures } = await import("./uploading");
  const { KeptPictures } = await import("./pictures");
  const { createToasts } = await import("../toasts");
  const { createSpeech } = await import("./speech");
  const { createWork } = await import("../work");
  const { sentenceOf } = await import("../../../app/web/page/api");
  const toasts = createToasts();
  const talk = createConversation(() => undefined);
  const box = createBox("lan", talk.id, () => undefined);
  const pictures = createPictures(new KeptPictures(localStorage, "lan"), talk.id, toasts.warn);
  const attempt = <T>(work: Promise<T>): Promise<T | null> =>
    work.catch((error: unknown) => {
      toasts.warn(sentenceOf(error));
      return null;
    });
  const speech = createSpeech({
    me: "lan", talk, box, pictures, toasts, row: computed(() => null), holds: computed(() => true), attempt, stopped: () => undefined,
  });
  const work = createWork({ talk, box, toasts, offerUndo: speech.offerUndo, letLeave: speech.letLeave });
  const open = (ticket: string) => {
    void talk.open(ticket);
    box.load();
  };
  const say = async (text: string) => {
    box.type(text);
    await speech.submit();
  };
  const told = () => toasts.shown.value.map((each) => each.text).join(" ");
  return { service, talk, box, speech, work, open, say, told };
}

const quiet = () => new Promise((resolve) => setTimeout(resolve, 30));

let desk: Awaited<ReturnType<typeof openDesk>>;
beforeEach(async () => {
  desk = await openDesk();
});

test("before a conversation ends its own reply leaves, and another's that is open stays held", async () => {
  desk.open("t-1");
  await desk.say("亲，再见");
  desk.open("t-2");
  await desk.say("亲，稍等");
  await quiet();

  expect(await desk.work.change("release", "t-1")).toBe(true);

  expect(desk.service.said).toEqual(["t-1: 亲，再见"]);
  expect(desk.service.held.map((each) => each.text)).toEqual(["亲，稍等"]);
});

test("a conversation does not end when its last reply is stopped, which is in its box with the reason", async () => {
  desk.open("t-1");
  await desk.say("亲，90 元给您");
  await quiet();
  desk.service.stops = "authority";

  expect(await desk.work.change("resolve")).toBe(false);

  expect(desk.service.calls.some((each) => each.includes("resolve"))).toBe(false);
  expect([desk.box.text.value, desk.box.why.value]).toEqual(["亲，90 元给您", "现在超出店铺授权"]);
  expect(desk.told()).toContain("会话没有动");
  desk.box.clear();
  expect(desk.box.why.value).toBe("");
});

test("nor when the service refused it on its way", async () => {
  desk.open("t-1");
  desk.service.refusals.set("t-1/reply", { status: 409, problem: { lines: [{ id: "m-2", at: "", author: "buyer", text: "等等" }] } });
  await desk.say("亲，再见");

  expect(await desk.work.change("resolve")).toBe(false);

  expect(desk.service.calls.some((each) => each.includes("resolve"))).toBe(false);
  expect(desk.box.text.value).toBe("亲，再见");
  expect(desk.box.newerLines.value.map((each) => each.text)).toEqual(["等等"]);
});

test("of two replies the one sent last is taken back, whichever was answered first", async () => {
  let open = (): void => undefined;
  desk.open("t-1");
  desk.service.gate = new Promise((resolve) => (open = resolve));
  await desk.say("第一句");
  await quiet();
  desk.service.gate = Promise.resolve();
  await desk.say("第二句");
  await quiet();
  open();
  await quiet();

  desk.speech.undo();
  await quiet();

  expect(desk.service.held.map((each) => each.text)).toEqual(["第一句"]);
  expect(desk.box.text.value).toBe("第二句");
});

test("one still on its way comes back although another conversation is open", async () => {
  let open = (): void => undefined;
  desk.open("t-1");
  desk.service.gate = new Promise((resolve) => (open = resolve));
  await desk.say("给别人的话");
  const sent = desk.speech.sender.own.value[0]?.id ?? "";
  desk.open("t-2");
  const back = desk.speech.takeBack(sent);
  await quiet();
  open();
  await back;

  expect([desk.service.held, desk.box.text.value]).toEqual([[], ""]);
  desk.open("t-1");
  expect(desk.box.text.value).toBe("给别人的话");
  expect(desk.told()).not.toContain("来不及");
});

test("undoing touches no reply of a conversation that is not open", async () => {
  desk.open("t-1");
  await desk.say("给甲");
  desk.open("t-2");
  await quiet();
  desk.speech.undo();
  await quiet();
  expect(desk.service.held.map((each) => each.text)).toEqual(["给甲"]);
  expect(desk.told()).toContain("没有可以撤销的");
});

test("what was stopped stands before what was typed since, once, and says why", async () => {
  desk.open("t-1");
  await desk.say("亲，马上发");
  await quiet();
  desk.service.held = desk.service.held.map((each) => ({ ...each, state: "stopped", why: "changed_hands" }));
  desk.box.type("还有一句");

  await Promise.all([desk.speech.held.load(), desk.speech.held.load()]);
  await quiet();

  expect([desk.box.text.value, desk.box.why.value]).toEqual(["亲，马上发\n还有一句", "会话换人或结束了"]);
  desk.open("t-2");
  expect([desk.box.text.value, desk.box.why.value]).toEqual(["", ""]);
  desk.open("t-1");
  expect(desk.box.why.value).toBe("会话换人或结束了");
});

test("it waits until an input method has ended", async () => {
  desk.open("t-1");
  await desk.say("亲，马上发");
  await quiet();
  desk.service.held = desk.service.held.map((each) => ({ ...each, state: "stopped", why: "authority" }));
  desk.box.compose(true);
  desk.box.type("ni'hao");
  await desk.speech.held.load();
  expect(desk.box.text.value).toBe("ni'hao");

  desk.box.type("你好");
  desk.box.compose(false);
  await quiet();

  expect(desk.box.text.value).toBe("亲，马上发\n你好");
});

test("a time is kept once the service has agreed, and the box stays as it is until then", async () => {
  desk.open("t-1");
  desk.box.type("亲，到货了");
  const at = new Date(Date.now() + 3600 * SECOND);
  desk.service.refusals.set("t-1/reply", { status: 422, problem: {} });
  await expect(desk.speech.schedule("r-1", at)).rejects.toThrow("不行");
  expect([desk.box.text.value, desk.service.held]).toEqual(["亲，到货了", []]);

  desk.service.refusals.clear();
  const kept = await desk.speech.schedule("r-1", at);

  expect([kept.send_at, desk.box.text.value]).toEqual([at.toISOString(), ""]);
});

test("a note has no time", async () => {
  desk.open("t-1");
  desk.box.choose("note");
  desk.box.type("他要退货");
  await expect(desk.speech.schedule("r-1", new Date(Date.now() + 3600 * SECOND))).rejects.toThrow("备注不能定时");
  expect([desk.box.text.value, desk.service.calls.filter((each) => each.startsWith("POST"))]).toEqual(["他要退货", []]);
});
