// What an agent says on the open conversation, and what is taken back of it.
import type { ComputedRef } from "vue";
import { api, ask, type Failure } from "../../../app/web/page/api";
import type { Row } from "../queue/order";
import type { createToasts } from "../toasts";
import { WORDS } from "../words";
import type { Box } from "./box";
import type { Conversation, Detail } from "./conversation";
import { createHeld } from "./held";
import { Outbox, type Leaves, type Said, type Sending } from "./outbox";
import { createSender } from "./sending";
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
  mayWork: ComputedRef<boolean>;
  attempt: <T>(work: Promise<T>) => Promise<T | null>;
  /** A reply was stopped that another page, or this one before it was loaded anew, sent. */
  stopped: (held: Held) => void;
}

export function createSpeech({ me, talk, box, pictures, toasts, row, mayWork, attempt, stopped }: Tools) {
  const undos = new UndoStack();
  const sender = createSender(new Outbox(localStorage, me), { sent: noteSent, refused: noteRefused });
  const held = createHeld({ changed: talk.take, back: noteBack, stopped });

  /** Sends what is in the box, now or at a time, or keeps it as a note. */
  async function submit(at: Date | null = null): Promise<void> {
    const id = talk.id.value;
    const text = box.text.value.trim();
    if (!id || text.length > box.LONGEST) return;
    if (box.kind.value === "note") {
      if (text) await note(id, text);
    } else if (pictures.uploading.value) {
      toasts.show(WORDS.pictures.wait);
    } else if (mayWork.value && (text || pictures.ready.value.length)) {
      say(id, { text, pictures: pictures.takeReady() }, at ? { at: at.toISOString() } : { hold: true });
    }
  }

  function say(id: string, said: Said, leaves: Leaves): void {
    const sent = sender.send(id, said, box.seenLine(talk.lines.value), leaves);
    box.clear();
    undos.push({ id: sent, label: said.text, until: Date.now() + UNDO_MS, undo: () => takeBack(sent) });
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
    if (talk.id.value && mayWork.value && row.value?.closing) {
      sender.send(talk.id.value, { text: WORDS.box.closingText, pictures: [] }, box.seenLine(talk.lines.value), null);
    }
  }

  function noteSent(told: Detail, sending: Sending): void {
    talk.take(told);
    undos.take(Date.now(), sending.id);
    const waits = told.held.find((each) => each.id === sending.id && each.state === "held");
    if (!waits) return;
    const wait = Date.parse(waits.send_at) - Date.parse(waits.held_at);
    held.note(waits, wait);
    undos.push({ id: waits.id, label: sending.text, until: Date.now() + wait, undo: () => takeBack(waits.id) });
  }

  function noteRefused(sending: Sending, failure: Failure): void {
    giveBack(sending.ticket, sending.text, sending.pictures ?? []);
    const newer = failure.problem.lines;
    if (failure.slug === "newer-lines" && newer) box.holdBack(sending.ticket, newer);
    else toasts.warn(`${WORDS.toasts.notSent}：${failure.message}`);
    if (sending.ticket === talk.id.value) talk.refresh();
  }

  function noteBack(back: Held, newer: Line[]): void {
    giveBack(back.handoff_id, back.text, picturesOf(back));
    if (newer.length) box.holdBack(back.handoff_id, newer);
    if (back.why) toasts.warn(`${WORDS.toasts.notSent}：${WORDS.held.why[back.why]}`);
  }

  function giveBack(ticket: string, text: string, urls: string[]): void {
    if (text) box.giveBack(ticket, text);
    if (urls.length) pictures.giveBack(ticket, urls);
  }

  function offerUndo(id: string, label: string, undo: () => unknown): void {
    undos.push({ id, label, until: Date.now() + UNDO_MS, undo });
    toasts.show(label, { label: `${WORDS.undo} Ctrl Z`, run: () => void undos.take(Date.now(), id)?.undo() }, UNDO_MS);
  }

  function undo(): void {
    const found = undos.take(Date.now());
    if (found) void found.undo();
    else toasts.show(WORDS.toasts.nothingToUndo);
  }

  /** Takes a reply back, into the box: from here while the service does not have it, and else from there. */
  async function takeBack(id: string): Promise<void> {
    undos.take(Date.now(), id);
    const here = sender.takeBack(id);
    if (here) giveBack(here.ticket, here.text, here.pictures ?? []);
    else {
      if (talk.id.value) await sender.settle(talk.id.value);
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

  /** Before the open conversation goes elsewhere: what was just said is said. */
  async function letLeave(): Promise<void> {
    if (!talk.id.value) return;
    await sender.settle(talk.id.value);
    await attempt(held.letLeave(talk.detail.value, me));
  }

  return { sender, held, submit, sayGoodbye, offerUndo, undo, takeBack, letLeave };
}

function picturesOf(held: Held): string[] {
  return (held.parts ?? []).flatMap((part) => (part.type === "image" ? [part.url] : []));
}
