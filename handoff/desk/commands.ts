// Everything that can be done, with its keys: the keyboard, the help page and the palette read this list.
import { signOut } from "../../app/web/page/session";
import type { Desk } from "./desk";
import type { Command } from "./keys";
import { keepPhrase, proposeFaq } from "./keeping";
import { lastOf } from "./talk/picked";
import { WORDS } from "./words";

const LABELS = WORDS.commands;
const SUGGESTIONS = [1, 2, 3];

export function listCommands(desk: Desk): Command[] {
  const { talk, box } = desk;
  const state = () => desk.row.value?.state;
  const isOpen = () => talk.id.value !== null;
  const working = () => desk.mayWork.value;
  const speaking = () => desk.holds.value;
  const suggest = (place: number) => {
    const brief = talk.detail.value?.brief;
    const text = brief ? [brief.suggested_reply, ...brief.alternatives][place - 1] : undefined;
    if (!text) return;
    if (box.kind.value === "note") box.choose("reply");
    desk.pane.value = "talk";
    box.insert(text);
  };
  return [
    { id: "next", label: LABELS.next, keys: "Alt+KeyN", run: desk.next },
    { id: "down", label: LABELS.down, keys: "Alt+KeyJ", run: () => { desk.move(1); } },
    { id: "up", label: LABELS.up, keys: "Alt+KeyK", run: () => { desk.move(-1); } },
    { id: "longest", label: LABELS.longest, keys: "Alt+KeyG", run: desk.goToLongest },
    ...SUGGESTIONS.map((place) => ({
      id: `suggestion-${place}`,
      label: LABELS.suggestion(place),
      keys: `Alt+Digit${place}`,
      available: speaking,
      run: () => { suggest(place); },
    })),
    { id: "ask", label: LABELS.ask, keys: "Alt+KeyA", available: () => speaking() && desk.askable.value !== null, run: desk.askApproval },
    { id: "grant", label: LABELS.grant, keys: "KeyY", outsideText: true, available: () => desk.yes.value !== null, run: () => desk.decide(desk.yes.value ?? "grant") },
    { id: "refuse", label: LABELS.refuse, keys: "KeyN", outsideText: true, available: () => desk.yes.value === "grant", run: () => desk.decide("refuse") },
    { id: "pictures", label: LABELS.pictures, keys: "Alt+KeyI", available: speaking, run: () => { document.querySelector<HTMLInputElement>("#pictures")?.click(); } },
    { id: "phrase", label: LABELS.phrase, available: () => lastOf(talk.lines.value, "agent") !== null, run: () => { keepPhrase(desk); } },
    { id: "my-phrases", label: LABELS.myPhrases, available: () => desk.shop.value !== "", run: () => { keepPhrase(desk, ""); } },
    { id: "refresh", label: LABELS.refresh, keys: "Alt+KeyU", available: () => !!talk.detail.value?.brief.snapshots?.length, run: desk.refreshFacts },
    { id: "faq", label: LABELS.faq, available: () => lastOf(talk.lines.value, "buyer") !== null, run: () => { proposeFaq(desk); } },
    { id: "shifts", label: LABELS.shifts, available: () => desk.shop.value !== "", run: () => { desk.dialog.value = "shifts"; } },
    { id: "mentions", label: WORDS.mentions.go, available: () => desk.mentions.tickets.value.length > 0, run: desk.goToMention },
    { id: "me", label: LABELS.me, run: () => { desk.dialog.value = "me"; } },
    { id: "note", label: LABELS.note, keys: "Alt+KeyP", available: isOpen, run: () => { box.choose("note"); } },
    { id: "reply", label: LABELS.reply, keys: "Alt+KeyL", available: isOpen, run: () => { box.choose("reply"); } },
    { id: "closing", label: LABELS.closing, keys: "Alt+Digit0", available: () => speaking() && !!desk.row.value?.closing, run: desk.sayGoodbye },
    { id: "claim", label: LABELS.claim, keys: "Alt+KeyC", available: () => state() === "queued", run: () => desk.change("claim") },
    { id: "transfer", label: LABELS.transfer, keys: "Alt+KeyT", available: () => working() || state() === "queued", run: () => { desk.dialog.value = "transfer"; } },
    { id: "snooze", label: LABELS.snooze, keys: "Alt+KeyM", available: working, run: () => { desk.dialog.value = "snooze"; } },
    { id: "later", label: LABELS.later, keys: "Alt+KeyS", available: speaking, run: () => { sendLater(desk); } },
    { id: "take", label: LABELS.take, available: () => desk.mayTake.value, run: desk.take },
    { id: "board", label: LABELS.board, available: () => desk.isLead, run: () => { desk.dialog.value = "board"; } },
    { id: "todo", label: LABELS.todo, available: isOpen, run: () => { desk.dialog.value = "todo"; } },
    { id: "todos", label: LABELS.todos, run: () => { desk.dialog.value = "todos"; } },
    { id: "give-back", label: LABELS.giveBack, keys: "Alt+KeyB", available: () => working() || state() === "queued", run: () => { desk.dialog.value = "giveBack"; } },
    { id: "release", label: LABELS.release, keys: "Alt+KeyR", available: working, run: () => desk.change("release") },
    { id: "resolve", label: LABELS.resolve, keys: "Alt+KeyE", available: working, run: () => desk.change("resolve") },
    { id: "resolve-next", label: LABELS.resolveNext, keys: "Control+Alt+KeyE", available: working, run: desk.resolveAndNext },
    { id: "undo", label: LABELS.undo, keys: "Control+KeyZ", available: () => !isTyping(), run: desk.undo },
    { id: "trace", label: LABELS.trace, available: () => !!desk.row.value?.trace_id, run: () => { desk.dialog.value = "trace"; } },
    { id: "palette", label: LABELS.palette, keys: "Control+KeyK", run: () => { desk.dialog.value = "palette"; } },
    { id: "help", label: LABELS.help, keys: "Shift+Slash", outsideText: true, run: () => { desk.dialog.value = "help"; } },
    { id: "escape", label: LABELS.escape, keys: "Escape", run: () => { goToList(desk); } },
    { id: "sound", label: LABELS.sound, run: desk.toggleSound },
    { id: "sign-out", label: LABELS.signOut, run: () => leave() },
  ];
}

/** A note reaches nobody outside, so it has no time. */
function sendLater(desk: Desk): void {
  const { box, toasts, pictures } = desk;
  if (box.kind.value === "note") toasts.warn(WORDS.later.notNotes);
  else if (!box.text.value.trim() && !pictures.ready.value.length) toasts.show(WORDS.later.nothing);
  else desk.dialog.value = "later";
}

/** While there is text in a box, Ctrl+Z belongs to the text. */
function isTyping(): boolean {
  const focused = document.activeElement;
  return (focused instanceof HTMLTextAreaElement || focused instanceof HTMLInputElement) && focused.value !== "";
}

function goToList(desk: Desk): void {
  desk.pane.value = "side";
  document.querySelector<HTMLElement>(".side [aria-current=true], .side .row")?.focus();
}

async function leave(): Promise<void> {
  await signOut();
  location.reload();
}
