// What can be done with a ticket: each step is one call, and most can be taken back.
import { ref } from "vue";
import { api, ask, Failure, sentenceOf, type Schemas } from "../../app/web/page/api";
import type { Box } from "./talk/box";
import type { Conversation, Detail } from "./talk/conversation";
import type { createToasts } from "./toasts";
import { WORDS } from "./words";

type Change = "claim" | "release" | "resolve" | "return" | "reopen";

const TAKES_BACK: Partial<Record<Change, Change>> = {
  claim: "release",
  release: "claim",
  resolve: "reopen",
  return: "reopen",
};
const LEAVES_HANDS = new Set<Change>(["release", "resolve", "return"]);
const DONE: Record<Change, string> = {
  claim: WORDS.toasts.claimed,
  release: WORDS.toasts.released,
  resolve: WORDS.toasts.resolved,
  return: WORDS.toasts.returned,
  reopen: WORDS.toasts.undone,
};

interface Tools {
  talk: Conversation;
  box: Box;
  toasts: ReturnType<typeof createToasts>;
  offerUndo: (id: string, label: string, undo: () => unknown) => void;
  /** Before a conversation leaves the agent's hands: what was just said on it is said; false, and told, if it cannot be. */
  letLeave: (ticket: string) => Promise<boolean>;
}

export function createWork({ talk, box, toasts, offerUndo, letLeave }: Tools) {
  /** What the work brings; null when it was refused, which is told. */
  async function attempt<T>(work: Promise<T>): Promise<T | null> {
    try {
      return await work;
    } catch (error) {
      toasts.warn(sentenceOf(error));
      if (error instanceof Failure && error.status === 409) talk.refresh();
      return null;
    }
  }

  function call(change: Change, id: string, note: string): Promise<Detail> {
    const params = { params: { path: { handoff_id: id } } };
    if (change === "claim") return ask(api.POST("/v1/handoffs/{handoff_id}/claim", params));
    if (change === "release") return ask(api.POST("/v1/handoffs/{handoff_id}/release", params));
    if (change === "return") return ask(api.POST("/v1/handoffs/{handoff_id}/return", { ...params, body: { note } }));
    if (change === "reopen") return ask(api.POST("/v1/handoffs/{handoff_id}/reopen", params));
    return ask(api.POST("/v1/handoffs/{handoff_id}/resolve", { ...params, body: { note } }));
  }

  async function change(kind: Change, id = talk.id.value, note = ""): Promise<boolean> {
    if (!id) return false;
    if (LEAVES_HANDS.has(kind) && !(await letLeave(id))) return false;
    const told = await attempt(call(kind, id, note));
    if (!told) return false;
    talk.take(told);
    const back = TAKES_BACK[kind];
    if (back) offerUndo(`${kind} ${id}`, DONE[kind], () => change(back, id));
    else toasts.show(DONE[kind]);
    if (kind === "claim") box.focus();
    return true;
  }

  async function transfer(body: Schemas["TransferBody"]): Promise<boolean> {
    const id = talk.id.value;
    if (!id) return false;
    if (!(await letLeave(id))) return false;
    const params = { params: { path: { handoff_id: id } } };
    const told = await attempt(ask(api.POST("/v1/handoffs/{handoff_id}/transfer", { ...params, body })));
    if (!told) return false;
    talk.take(told);
    offerUndo(`transfer ${id}`, WORDS.toasts.transferred, async () => {
      const back = await attempt(ask(api.POST("/v1/handoffs/{handoff_id}/undo", params)));
      if (back) talk.take(back);
    });
    return true;
  }

  async function snooze(until: Date | null): Promise<boolean> {
    const id = talk.id.value;
    if (!id) return false;
    const params = { params: { path: { handoff_id: id } } };
    const body = until ? { until: until.toISOString() } : { on: "buyer" as const };
    const told = await attempt(ask(api.POST("/v1/handoffs/{handoff_id}/snooze", { ...params, body })));
    if (!told) return false;
    talk.take(told);
    offerUndo(`snooze ${id}`, WORDS.toasts.snoozed, () => wake(id));
    return true;
  }

  async function wake(id = talk.id.value): Promise<void> {
    if (!id) return;
    const params = { params: { path: { handoff_id: id } } };
    const told = await attempt(ask(api.DELETE("/v1/handoffs/{handoff_id}/snooze", params)));
    if (told) talk.take(told);
  }

  async function take(): Promise<boolean> {
    const id = talk.id.value;
    if (!id) return false;
    const told = await attempt(ask(api.POST("/v1/handoffs/{handoff_id}/take", { params: { path: { handoff_id: id } } })));
    if (!told) return false;
    talk.take(told);
    toasts.show(WORDS.toasts.taken);
    box.choose("reply");
    return true;
  }

  const refreshing = ref(false);

  /** Reads the facts of the brief again; those that cannot be read stay as they are. */
  async function refreshFacts(): Promise<void> {
    const id = talk.id.value;
    if (!id || refreshing.value) return;
    refreshing.value = true;
    const told = await attempt(ask(api.POST("/v1/handoffs/{handoff_id}/facts/refresh", { params: { path: { handoff_id: id } } })));
    refreshing.value = false;
    if (!told) return;
    talk.take(told);
    if (told.brief.snapshots?.some((shot) => shot.stale)) toasts.warn(WORDS.brief.stillStale);
    else toasts.show(WORDS.brief.refreshed);
  }

  return { refreshing, refreshFacts, attempt, change, transfer, snooze, wake, take };
}
