// What an agent says on the open conversation, and what is taken back of it.
import type { ComputedRef, Ref } from "vue";
import { api, ask, type Failure } from "../../../app/web/page/api";
import { secondsUntil } from "../clock";
import type { Row } from "../queue/order";
import type { createToasts } from "../toasts";
import { WORDS } from "../words";
import type { Box } from "./box";
import type { Conversation } from "./conversation";
import { Outbox, type Said, type Sending } from "./outbox";
import type { Pictures } from "./uploading";
import { createSender } from "./sending";
import { UNDO_MS, UndoStack } from "./undo";

interface Tools {
  me: string;
  talk: Conversation;
  box: Box;
  pictures: Pictures;
  toasts: ReturnType<typeof createToasts>;
  row: ComputedRef<Row | null>;
  mayWork: ComputedRef<boolean>;
  now: Ref<number>;
  attempt: <T>(work: Promise<T>) => Promise<T | null>;
}

export function createSpeech({ me, talk, box, pictures, toasts, row, mayWork, now, attempt }: Tools) {
  const undos = new UndoStack();
  const sender = createSender(new Outbox(localStorage, me), { sent: talk.take, refused: noteRefused });

  /** Sends what is in the box, or keeps it as a note. */
  async function submit(): Promise<void> {
    const id = talk.id.value;
    const text = box.text.value.trim();
    if (!id || text.length > box.LONGEST) return;
    if (box.kind.value === "note") {
      if (text) await note(id, text);
    } else if (pictures.uploading.value) {
      toasts.show(WORDS.pictures.wait);
    } else if (mayWork.value && (text || pictures.ready.value.length)) {
      say(id, { text, pictures: pictures.takeReady() });
    }
  }

  function say(id: string, said: Said): void {
    const left = secondsUntil(row.value?.answer_due, now.value);
    const sending = sender.send(id, said, box.seenLine(talk.lines.value), left);
    box.clear();
    if (sending.sendAt > sending.writtenAt) {
      const undo = () => {
        takeBack(sending.id);
      };
      undos.push({ id: sending.id, label: said.text, until: sending.sendAt, undo });
    }
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
      sender.send(talk.id.value, { text: WORDS.box.closingText, pictures: [] }, box.seenLine(talk.lines.value), 0);
    }
  }

  function noteRefused(sending: Sending, failure: Failure): void {
    giveBack(sending);
    const newer = failure.problem.lines;
    if (failure.slug === "newer-lines" && newer) box.holdBack(sending.ticket, newer);
    else toasts.warn(`${WORDS.toasts.notSent}：${failure.message}`);
    if (sending.ticket === talk.id.value) talk.refresh();
  }

  function giveBack(sending: Sending): void {
    if (sending.text) box.giveBack(sending.ticket, sending.text);
    if (sending.pictures?.length) pictures.giveBack(sending.ticket, sending.pictures);
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

  function takeBack(id: string): void {
    const taken = sender.takeBack(id);
    undos.take(Date.now(), id);
    if (!taken) {
      toasts.warn(WORDS.toasts.tooLate);
      return;
    }
    giveBack(taken);
    toasts.show(WORDS.toasts.takenBack);
  }

  return { sender, submit, sayGoodbye, offerUndo, undo, takeBack };
}
