// The box an agent types in. Only the agent's own hand changes it, and what comes back from a reply that did not leave.
import { computed, nextTick, ref, shallowRef, type Ref } from "vue";
import { Drafts, type BoxKind } from "./drafts";
import { lastSeen, type Line } from "./thread";

export const LONGEST = 2000;
const SAVE_AFTER_MS = 800;

/** What others wrote while the agent did: a reply is held until the agent has seen it. */
interface HeldBack {
  ticket: string;
  lines: Line[];
}

export type Box = ReturnType<typeof createBox>;

/** `save` keeps a reply's draft with the service too, for the agent's other machines. */
export function createBox(agent: string, ticket: Ref<string | null>, save: (ticket: string, text: string) => void) {
  const drafts = new Drafts(localStorage, agent);
  const text = ref("");
  const kind = ref<BoxKind>("reply");
  const held = shallowRef<HeldBack | null>(null);
  const kept = shallowRef(drafts.list());
  const element = shallowRef<HTMLTextAreaElement | null>(null);

  /** At every input, also while an input method composes. */
  function type(typed: string): void {
    text.value = typed;
    if (!ticket.value) return;
    drafts.write(ticket.value, kind.value, typed);
    kept.value = drafts.list();
    if (kind.value === "reply") keepElsewhere(ticket.value, typed);
  }

  let saving = 0;

  function keepElsewhere(to: string, typed: string): void {
    window.clearTimeout(saving);
    saving = window.setTimeout(() => {
      save(to, typed);
    }, SAVE_AFTER_MS);
  }

  function load(): void {
    kind.value = "reply";
    text.value = ticket.value ? drafts.read(ticket.value) : "";
    if (held.value?.ticket !== ticket.value) held.value = null;
  }

  function choose(wanted: BoxKind): void {
    kind.value = wanted;
    text.value = ticket.value ? drafts.read(ticket.value, wanted) : "";
    focus();
  }

  function clear(): void {
    type("");
    held.value = null;
  }

  function focus(): void {
    void nextTick(() => {
      element.value?.focus();
    });
  }

  function giveBack(to: string, back: string): void {
    const whole = drafts.giveBack(to, back);
    kept.value = drafts.list();
    if (to === ticket.value && kind.value === "reply") text.value = whole;
  }

  function holdBack(to: string, lines: Line[]): void {
    held.value = { ticket: to, lines };
  }

  /** The last line the agent has seen: of those shown, or of those told when a reply was held. */
  function seenLine(lines: Line[]): string | null {
    return lastSeen(joinHeld(lines));
  }

  const newerLines = computed<Line[]>(() => {
    const back = held.value;
    return back && back.ticket === ticket.value ? back.lines : [];
  });

  function joinHeld(lines: Line[]): Line[] {
    const known = new Set(lines.map((line) => line.id));
    return [...lines, ...newerLines.value.filter((line) => !known.has(line.id))];
  }

  /** Puts text where the caret stands, over what is selected; from `from` on if that is given. */
  function insert(piece: string, from?: number): void {
    const area = element.value;
    if (!area) {
      type(text.value + piece);
      return;
    }
    area.focus();
    if (from !== undefined) area.setSelectionRange(from, area.selectionEnd);
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else leaves Ctrl+Z able to take it out again
    if (!document.execCommand("insertText", false, piece)) {
      area.setRangeText(piece, area.selectionStart, area.selectionEnd, "end");
    }
    type(area.value);
  }

  function replace(whole: string): void {
    element.value?.focus();
    element.value?.select();
    insert(whole);
  }

  return {
    LONGEST, text, kind, newerLines, kept, element,
    type, load, choose, clear, focus, giveBack, holdBack, seenLine, insert, replace,
  };
}
