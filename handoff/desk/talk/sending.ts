// Brings replies to the service: each is sent again while the service is away, and given back when it may not be said.
import { shallowRef } from "vue";
import { api, ask, Failure, sentenceOf } from "../../../app/web/page/api";
import type { Detail } from "./conversation";
import type { Leaves, Outbox, Said, Sending } from "./outbox";

const AGAIN_MS = 3_000;
const ORPHAN_MS = 10_000;

export interface SendingListener {
  /** The service has the reply: it has left, or waits there. */
  sent: (detail: Detail, sending: Sending) => void;
  /** The reply has not left, and why. */
  refused: (sending: Sending, failure: Failure) => void;
}

/** What became of one way to the service: it has the reply, it refused it, or nobody answered. */
export type Fate = "came" | "refused" | "waits";

export type Sender = ReturnType<typeof createSender>;

export function createSender(outbox: Outbox, listener: SendingListener) {
  const own = shallowRef<Sending[]>([]);
  const flights = new Map<string, Promise<Fate>>();

  function keep(sending: Sending): void {
    outbox.put(sending);
    own.value = [...own.value.filter((each) => each.id !== sending.id), sending];
  }

  function drop(id: string): Sending | null {
    own.value = own.value.filter((each) => each.id !== id);
    return outbox.take(id);
  }

  function send(ticket: string, said: Said, after: string | null, leaves: Leaves): string {
    const sending: Sending = { id: crypto.randomUUID(), ticket, ...said, after, leaves, writtenAt: Date.now(), state: "waiting" };
    keep(sending);
    void deliver(sending.id);
    return sending.id;
  }

  function deliver(id: string): Promise<Fate> {
    const flight = flights.get(id) ?? tryOnce(id).finally(() => flights.delete(id));
    flights.set(id, flight);
    return flight;
  }

  async function tryOnce(id: string): Promise<Fate> {
    const found = own.value.find((each) => each.id === id);
    if (!found) return "came";
    const sending: Sending = { ...found, state: "sending" };
    keep(sending);
    try {
      const params = { path: { handoff_id: sending.ticket } };
      const told = await ask(api.POST("/v1/handoffs/{handoff_id}/reply", { params, body: bodyOf(sending) }));
      drop(id);
      listener.sent(told, sending);
      return "came";
    } catch (error) {
      const failure = error instanceof Failure ? error : new Failure(0, "offline", sentenceOf(error));
      if (failure.passes || failure.status === 401) {
        keep({ ...sending, state: "waiting" });
        window.setTimeout(() => void deliver(id), AGAIN_MS);
        return "waits";
      }
      if (drop(id)) listener.refused(sending, failure);
      return "refused";
    }
  }

  /** Takes a reply back that the service does not have yet; null when it may have it. */
  function takeBack(id: string): Sending | null {
    const found = own.value.find((each) => each.id === id);
    return found?.state === "waiting" && !flights.has(id) ? drop(id) : null;
  }

  /** Once this reply has come, or could not; null when none of this id is on its way. */
  async function follow(id: string): Promise<Fate | null> {
    return (await flights.get(id)) ?? null;
  }

  /** Brings what waits for this ticket, and says whether the service has all of it. */
  async function settle(ticket: string): Promise<boolean> {
    const coming = own.value.filter((each) => each.ticket === ticket).map((each) => deliver(each.id));
    return (await Promise.all(coming)).every((fate) => fate === "came");
  }

  /** Sends at once what waits: the service is there again. */
  function hurry(): void {
    for (const each of own.value) if (each.state === "waiting") void deliver(each.id);
  }

  /** Sends what a closed tab left behind: its id makes a second sending harmless. */
  function adopt(): void {
    const mine = new Set(own.value.map((each) => each.id));
    for (const left of outbox.list()) {
      if (mine.has(left.id) || left.writtenAt > Date.now() - ORPHAN_MS) continue;
      keep({ ...left, state: "waiting" });
      void deliver(left.id);
    }
  }

  /** The page is being left: what is on its way goes on without it. */
  function flush(): void {
    for (const each of own.value) {
      void fetch(`/v1/handoffs/${encodeURIComponent(each.ticket)}/reply`, {
        method: "POST",
        keepalive: true,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(bodyOf(each)),
      });
    }
  }

  return { own, send, takeBack, follow, settle, hurry, adopt, flush };
}

/** As the service takes it. */
export function bodyOf(sending: Pick<Sending, "id" | "text" | "pictures" | "after" | "leaves">) {
  const { id, text, after, leaves } = sending;
  const parts = (sending.pictures ?? []).map((url) => ({ type: "image" as const, url, alt: "" }));
  const time = leaves && "at" in leaves ? { hold: false, send_at: leaves.at } : { hold: leaves != null };
  return { id, text, parts, ...time, ...(after ? { after } : {}) };
}
