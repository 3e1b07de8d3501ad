// Sends replies: each is held, sent, sent again while the service is away, and given back when it may not leave.
import { shallowRef } from "vue";
import { api, ask, Failure, sentenceOf } from "../../../app/web/page/api";
import type { Detail } from "./conversation";
import { holdFor, type Outbox, type Said, type Sending } from "./outbox";

const AGAIN_MS = 3_000;
const ORPHAN_MS = 10_000;

export interface SendingListener {
  sent: (detail: Detail) => void;
  /** The reply has not left, and why. */
  refused: (sending: Sending, failure: Failure) => void;
}

export type Sender = ReturnType<typeof createSender>;

export function createSender(outbox: Outbox, listener: SendingListener) {
  const own = shallowRef<Sending[]>([]);

  function keep(sending: Sending): void {
    outbox.put(sending);
    own.value = [...own.value.filter((each) => each.id !== sending.id), sending];
  }

  function drop(id: string): Sending | null {
    own.value = own.value.filter((each) => each.id !== id);
    return outbox.take(id);
  }

  function send(ticket: string, said: Said, after: string | null, secondsLeft: number | null): Sending {
    const writtenAt = Date.now();
    const sendAt = writtenAt + holdFor(secondsLeft);
    const sending: Sending = { id: crypto.randomUUID(), ticket, ...said, after, writtenAt, sendAt, state: "held" };
    keep(sending);
    window.setTimeout(() => void deliver(sending.id), sendAt - writtenAt);
    return sending;
  }

  async function deliver(id: string): Promise<void> {
    const found = own.value.find((each) => each.id === id);
    if (!found || found.state === "sending") return;
    const sending: Sending = { ...found, state: "sending" };
    keep(sending);
    try {
      const told = await ask(
        api.POST("/v1/handoffs/{handoff_id}/reply", {
          params: { path: { handoff_id: sending.ticket } },
          body: bodyOf(sending),
        }),
      );
      drop(id);
      listener.sent(told);
    } catch (error) {
      const failure = error instanceof Failure ? error : new Failure(0, "offline", sentenceOf(error));
      if (failure.passes || failure.status === 401) {
        keep({ ...sending, state: "waiting" });
        window.setTimeout(() => void deliver(id), AGAIN_MS);
      } else if (drop(id)) {
        listener.refused(sending, failure);
      }
    }
  }

  /** Takes a reply back that has not left; null when it is too late. */
  function takeBack(id: string): Sending | null {
    const found = own.value.find((each) => each.id === id);
    return found && found.state !== "sending" ? drop(id) : null;
  }

  /** Sends at once what waits: the service is there again. */
  function hurry(): void {
    for (const each of own.value) if (each.state === "waiting") void deliver(each.id);
  }

  /** Sends what a closed tab left behind: its id makes a second sending harmless. */
  function adopt(): void {
    const mine = new Set(own.value.map((each) => each.id));
    for (const left of outbox.list()) {
      if (mine.has(left.id) || left.sendAt > Date.now() - ORPHAN_MS) continue;
      keep({ ...left, state: "waiting" });
      void deliver(left.id);
    }
  }

  /** The page is being left: what is held leaves with it. */
  function flush(): void {
    for (const each of own.value) {
      if (each.state !== "held") continue;
      void fetch(`/v1/handoffs/${encodeURIComponent(each.ticket)}/reply`, {
        method: "POST",
        keepalive: true,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(bodyOf(each)),
      });
    }
  }

  return { own, send, takeBack, hurry, adopt, flush };
}

function bodyOf(sending: Sending) {
  const { id, text, after } = sending;
  const parts = (sending.pictures ?? []).map((url) => ({ type: "image" as const, url, alt: "" }));
  return { id, text, parts, ...(after ? { after } : {}) };
}
