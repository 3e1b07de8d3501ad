// What an agent says on the open conversation, and what is taken back of it.
import type { ComputedRef } from "vue";
import { api, ask, Failure } from "../../../app/web/page/api";
import type { Row } from "../queue/order";
import type { createToasts } from "../toasts";
import { WORDS } from "../words";
import type { Box } from "./box";
import type { Conversation, Detail } from "./conversation";
import { createHeld } from "./held";
import { Outbox, type Sending } from "./outbox";
import { bodyOf, createSender } from "./sending";
import type { Held } from "./stopped";
import type { Line } from "./thread";
import { UNDO_MS, UndoStack } from "./undo";
import type { Pictures } from "./uploading";

interface Tools {
  me: string;
  talk: Conversation;
  box: Box;
  pictures: Pictures;
  toasts: ReturnType<typeof createToasts>;
  row: ComputedRef<Row | null>;
  holds: ComputedRef<boolean>;
  attempt: <T>(work: Promise<T>) => Promise<T | null>;
  /** A reply was stopped that another page, or this one before it was loaded anew, sent. */
  stopped: (held: Held) => void;
}

export function createSpeech({ me, talk, box, pictures, toasts, row, holds, attempt, stopped }: Tools) {
  const undos = new UndoStack();
  const sender = createSender(new Outbox(localStorage, me), { sent: noteSent, refused: noteRefused });
  const held = createHeld({ changed: talk.take, back: noteBack, stopped });

  /** Sends what is in the box, or keeps it as a note. */
  async function submit(): Promise<void> {
    const id = talk.id.value;
    const text = box.text.value.trim();
    if (!id || text.length > box.LONGEST) return;
    if (box.kind.value === "note") {
      if (text) await note(id, text);
    } else if (pictures.uploading.value) {
      toasts.show(WORDS.pictures.wait);
    } else if (holds.value && (text || pictures.ready.value.length)) {
      const sent = sender.send(id, { text, pictures: pictures.takeReady() }, box.seenLine(talk.lines.value), { hold: true });
      box.clear();
      undos.push({ id: sent, ticket: id, label: text, until: Date.now() + UNDO_MS, undo: () => takeBack(sent) });
    }
  }

  /** Lets what is in the box leave at a time. It stays there until the service has agreed; throws Failure otherwise. */
  async function schedule(id: string, at: Date): Promise<Held> {
    const ticket = talk.id.value;
    const text = box.text.value.trim();
    if (!ticket || box.kind.value === "note") throw new Failure(0, "a-note", WORDS.later.notNotes);
    if (pictures.uploading.value) throw new Failure(0, "uploading", WORDS.pictures.wait);
    const sending = { id, ticket, text, pictures: pictures.ready.value, after: box.seenLine(talk.lines.value), leaves: { at: at.toISOString() } };
    const call = api.POST("/v1/handoffs/{handoff_id}/reply", { params: { path: { handoff_id: ticket } }, body: bodyOf(sending) });
    const told = await ask(call).catch((error: unknown) => {
      if (error instanceof Failure && error.problem.lines) box.holdBack(ticket, error.problem.lines);
      throw error;
    });
    const waits = told.held.find((each) => each.id === id);
    if (!waits) throw new Failure(0, "not-held", WORDS.later.notHeld);
    pictures.takeReady();
    box.clear();
    noteSent(told, { id, ticket, text });
    return waits;
  }

  async function note(id: string, text: string): Promise<void> {
    const params = { params: { path: { handoff_id: id } }, body: { id: crypto.randomUUID(), text } };
    const told = await attempt(ask(api.POST("/v1/handoffs/{handoff_id}/notes", params)));
    if (!told) return;
    talk.take(told);
    box.clear();
    box.choose("reply");
    toasts.show(WORDS.toasts.noted);
  }

  function sayGoodbye(): void {
    if (talk.id.value && holds.value && row.value?.closing) {
      sender.send(talk.id.value, { text: WORDS.box.closingText, pictures: [] }, box.seenLine(talk.lines.value), null);
    }
  }

  function noteSent(told: Detail, sending: Pick<Sending, "id" | "ticket" | "text">): void {
    talk.take(told);
    const waits = told.held.find((each) => each.id === sending.id && each.state === "held");
    if (!waits) {
      undos.take(Date.now(), sending.id);
      return;
    }
    const wait = Date.parse(waits.send_at) - Date.parse(waits.held_at);
    held.note(waits, wait);
    const until = Date.now() + (waits.scheduled ? UNDO_MS : wait);
    undos.push({ id: waits.id, ticket: sending.ticket, label: sending.text, until, undo: () => takeBack(waits.id) });
  }

  function noteRefused(sending: Sending, failure: Failure): void {
    giveBack(sending.ticket, sending.text, sending.pictures ?? [], failure.message);
    const newer = failure.problem.lines;
    if (failure.slug === "newer-lines" && newer) box.holdBack(sending.ticket, newer);
    else toasts.warn(`${WORDS.toasts.notSent}：${failure.message}`);
    if (sending.ticket === talk.id.value) talk.refresh();
  }

  function noteBack(back: Held, newer: Line[]): void {
    const why = back.why ? (WORDS.held.why[back.why] ?? back.why) : "";
    giveBack(back.handoff_id, back.text, picturesOf(back), why);
    if (newer.length) box.holdBack(back.handoff_id, newer);
    if (why) toasts.warn(`${WORDS.toasts.notSent}：${why}`);
  }

  function giveBack(ticket: string, text: string, urls: string[], why = ""): void {
    if (text) box.giveBack(ticket, text, why);
    if (urls.length) pictures.giveBack(ticket, urls);
  }

  function offerUndo(id: string, label: string, undo: () => unknown): void {
    undos.push({ id, label, until: Date.now() + UNDO_MS, undo });
    toasts.show(label, { label: `${WORDS.undo} Ctrl Z`, run: () => void undos.take(Date.now(), id)?.undo() }, UNDO_MS);
  }

  function undo(): void {
    const found = undos.takeLatest(Date.now(), talk.id.value);
    if (found) void found.undo();
    else toasts.show(WORDS.toasts.nothingToUndo);
  }

  /** Takes a reply back, into the box: from here while the service does not have it, and else from there. */
  async function takeBack(id: string): Promise<void> {
    undos.take(Date.now(), id);
    if ((await sender.follow(id)) === "refused") return; // it is in the box, and why was said
    const here = sender.takeBack(id);
    if (here) giveBack(here.ticket, here.text, here.pictures ?? []);
    else {
      const there = talk.detail.value?.held.find((each) => each.id === id) ?? held.own.value.find((each) => each.id === id);
      const taken = there ? await attempt(held.takeBack(there)) : false;
      if (!taken) {
        if (taken === false) toasts.warn(WORDS.toasts.tooLate);
        talk.refresh();
        return;
      }
    }
    toasts.show(WORDS.toasts.takenBack);
  }

  /** Before a conversation goes elsewhere: what was just said on it is said. False, and told, when it could not be. */
  async function letLeave(ticket: string): Promise<boolean> {
    const left = (await sender.settle(ticket)) && (await attempt(held.letLeave(ticket)));
    if (!left) toasts.warn(WORDS.toasts.staysOpen);
    return left === true;
  }

  return { sender, held, submit, schedule, sayGoodbye, offerUndo, undo, takeBack, letLeave };
}

function picturesOf(held: Held): string[] {
  return (held.parts ?? []).flatMap((part) => (part.type === "image" ? [part.url] : []));
}
