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
  /** Why the reply in the box, which was sent, is here again. */
  const why = ref("");
  const element = shallowRef<HTMLTextAreaElement | null>(null);

  /** At every input, also while an input method composes. */
  function type(typed: string): void {
    text.value = typed;
    if (!ticket.value) return;
    drafts.write(ticket.value, kind.value, typed);
    reread();
    if (kind.value === "reply") keepElsewhere(ticket.value, typed);
  }

  function reread(): void {
    kept.value = drafts.list();
    why.value = ticket.value ? drafts.readWhy(ticket.value) : "";
  }

  const saving = new Map<string, number>();

  function keepElsewhere(to: string, typed: string): void {
    window.clearTimeout(saving.get(to));
    const soon = window.setTimeout(() => {
      saving.delete(to);
      save(to, typed);
    }, SAVE_AFTER_MS);
    saving.set(to, soon);
  }

  /** Shows what was typed in the conversation that is open now. */
  function load(wanted: BoxKind = "reply"): void {
    kind.value = wanted;
    text.value = ticket.value ? drafts.read(ticket.value, wanted) : "";
    if (held.value?.ticket !== ticket.value) held.value = null;
    reread();
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

  /** Puts a reply before what was typed since, with the reason where it did not leave; an input method ends first. */
  function giveBack(to: string, back: string, reason = ""): void {
    if (composing) {
      waiting.push([to, back, reason]);
      return;
    }
    const area = element.value;
    const fromEnd = area ? area.value.length - area.selectionEnd : 0;
    const whole = drafts.giveBack(to, back, reason);
    reread();
    keepElsewhere(to, whole);
    if (to !== ticket.value || kind.value !== "reply") return;
    text.value = whole;
    void nextTick(() => area?.setSelectionRange(whole.length - fromEnd, whole.length - fromEnd));
  }

  let composing = false;
  const waiting: [string, string, string][] = [];

  /** Whether an input method is at work: nothing is put into the box meanwhile. */
  function compose(at: boolean): void {
    composing = at;
    if (at) return;
    window.setTimeout(() => {
      for (const each of waiting.splice(0)) giveBack(...each); // once the last input is told
    });
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
    LONGEST, text, kind, why, newerLines, kept, element,
    type, compose, load, choose, clear, focus, giveBack, holdBack, seenLine, insert, replace,
  };
}
