// Replies that the service holds: one's own of every conversation, taken back, hurried, or put into the box again.
import { computed, shallowRef } from "vue";
import { api, ask, Failure } from "../../../app/web/page/api";
import type { Detail } from "./conversation";
import { countStopped, linesAfter, type Held } from "./stopped";
import type { Line } from "./thread";

const TOGETHER_MS = 150;
const CONFLICT = 409;
const LATE_MS = 500;

export interface HeldListener {
  changed: (detail: Detail) => void;
  /** It is the agent's again, to be put into the box; `newer` is what others wrote after it. */
  back: (held: Held, newer: Line[]) => void;
  /** It was stopped, and waits in its conversation. */
  stopped: (held: Held) => void;
}

export type HeldReplies = ReturnType<typeof createHeld>;

export function createHeld(listener: HeldListener) {
  const own = shallowRef<Held[]>([]);
  /** What this page sent: it comes back into its box by itself. */
  const sentHere = new Set<string>();
  /** What is in its box again: an event and an answer may both say so. */
  const cameBack = new Set<string>();
  const stoppedOf = computed(() => countStopped(own.value));
  let waiting = 0;

  async function load(): Promise<void> {
    const known = new Set(own.value.filter((each) => each.state === "stopped").map((each) => each.id));
    own.value = (await ask(api.GET("/v1/replies"))).items;
    for (const each of own.value.filter((one) => one.state === "stopped")) {
      if (sentHere.has(each.id)) await takeBack(each);
      else if (!known.has(each.id)) listener.stopped(each);
    }
  }

  /** Something changed on this ticket: several changes at once are one reading. */
  function hear(ticket: string, changes: readonly string[]): void {
    if (!changes.some((each) => each.startsWith("ticket.reply_")) && !own.value.some((each) => each.handoff_id === ticket)) return;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => void load().catch(() => undefined), TOGETHER_MS); // read again with everything
  }

  /** This page sent it, and it leaves in so many milliseconds: once they are over the page asks, whatever it hears. */
  function note(held: Held, wait: number): void {
    own.value = [...own.value, held];
    sentHere.add(held.id);
    if (!held.scheduled) window.setTimeout(() => void load().catch(() => undefined), wait + LATE_MS); // or by an event
  }

  /** Whether it was taken back, into the box; false when it has left. */
  async function takeBack(held: Held): Promise<boolean> {
    if (cameBack.has(held.id)) return true;
    cameBack.add(held.id);
    const told = await withdraw(held).catch((error: unknown) => {
      cameBack.delete(held.id);
      throw error;
    });
    if (told) listener.back(held, linesAfter(told.brief.transcript ?? [], held));
    return told !== null;
  }

  /** Puts away one that was stopped. */
  async function drop(held: Held): Promise<void> {
    await withdraw(held);
  }

  async function withdraw(held: Held): Promise<Detail | null> {
    sentHere.delete(held.id);
    const params = { path: { handoff_id: held.handoff_id, reply_id: held.id } };
    try {
      const told = await ask(api.DELETE("/v1/handoffs/{handoff_id}/replies/{reply_id}", { params }));
      forget(held, told);
      return told;
    } catch (error) {
      if (error instanceof Failure && error.status === CONFLICT) return null;
      throw error;
    }
  }

  /** Whether it has left; one that was stopped on its way out is in its box again. */
  async function sendNow(held: Held): Promise<boolean> {
    const params = { path: { handoff_id: held.handoff_id, reply_id: held.id } };
    const told = await ask(api.POST("/v1/handoffs/{handoff_id}/replies/{reply_id}/send", { params }));
    const stopped = told.held.find((each) => each.id === held.id && each.state === "stopped");
    if (stopped) await takeBack(stopped);
    else forget(held, told);
    return !stopped;
  }

  /** What only waits to be taken back leaves before its ticket goes elsewhere; whether all of it could. */
  async function letLeave(ticket: string): Promise<boolean> {
    await load();
    const leaving = own.value.filter((each) => each.handoff_id === ticket && each.state === "held" && !each.scheduled);
    for (const each of leaving) if (!(await sendNow(each))) return false;
    return true;
  }

  function forget(held: Held, told: Detail): void {
    own.value = own.value.filter((each) => each.id !== held.id);
    listener.changed(told);
  }

  return { own, stoppedOf, load, hear, note, takeBack, drop, sendNow, letLeave };
}
