// What an agent is told of conversations that are not open: a toast that leads there, and a tone in one tab.
import { api, ask, type Schemas } from "../../app/web/page/api";
import type { Mention } from "./mentions";
import { belongs, type Row } from "./queue/order";
import type { Rows } from "./queue/rows";
import type { Bell } from "./sound";
import type { Detail } from "./talk/conversation";
import type { Held } from "./talk/stopped";
import type { createTeam } from "./team";
import type { createToasts } from "./toasts";
import { WORDS } from "./words";

const OVER = 100;

interface Tools {
  me: string;
  isLead: boolean;
  rows: Rows;
  team: ReturnType<typeof createTeam>;
  toasts: ReturnType<typeof createToasts>;
  bell: Bell;
  /** Whether this is the tab that sounds. */
  leads: () => boolean;
  open: (ticket: string) => void;
}

export function createNotices({ me, isLead, rows, team, toasts, bell, leads, open }: Tools) {
  function show(text: string, label: string, ticket: string, tone?: "queue" | "buyer"): void {
    toasts.show(text, { label, run: () => { open(ticket); } });
    if (tone && leads()) bell.play(tone);
  }

  function ring(text: string, ticket: string): void {
    show(text, WORDS.toasts.goThere, ticket, "queue");
  }

  function isMine(id: string): boolean {
    const found = rows.known.get(id);
    return found !== undefined && belongs(found, "mine", me);
  }

  /** A conversation that is not open; null where it cannot be read now. */
  function look(id: string): Promise<Detail | null> {
    return ask(api.GET("/v1/handoffs/{handoff_id}", { params: { path: { handoff_id: id } } })).catch(() => null);
  }

  async function nameBuyer(ticket: string): Promise<string> {
    const found: Row | null = rows.known.get(ticket) ?? (await look(ticket));
    return found?.buyer_name ?? found?.buyer ?? WORDS.unknownBuyer;
  }

  /** What an agent wrote and nobody sent waits in its conversation until the agent has seen it. */
  async function tellStopped(stopped: Held): Promise<void> {
    const ticket = stopped.handoff_id;
    show(WORDS.held.stopped(await nameBuyer(ticket), stopped.text), WORDS.shifts.open, ticket);
  }

  /** A colleague's note on a conversation of mine, like a supervisor's whisper; one's own is no news. */
  async function tellNote(ticket: string): Promise<void> {
    const detail = await look(ticket); // it is in the thread anyhow
    const note = detail?.history.findLast((each) => each.change === "ticket.noted");
    if (!note || note.agent === me) return;
    show(WORDS.toasts.whispered(team.nameOf(note.agent), note.text), WORDS.shifts.open, ticket, "buyer");
  }

  /** Of one's own conversation every note is told. */
  async function tellMention(mention: Mention): Promise<void> {
    const ticket = mention.handoff_id;
    if (isMine(ticket)) return;
    const words = WORDS.mentions.rings(team.nameOf(mention.by), await nameBuyer(ticket), mention.text);
    show(words, WORDS.shifts.open, ticket, "buyer");
  }

  /** Supervisors hear of everybody's late answers; whoever holds the conversation is rung for it. */
  function tellLead(due: Schemas["DueEvent"]): void {
    const { claimed_by: holder, buyer_name: name, buyer, id } = due.handoff;
    if (!isLead || due.clock !== "answer" || holder === me) return;
    const late = due.level >= OVER;
    const words = holder ? WORDS.board.leadDue(team.nameOf(holder), name ?? buyer, late) : WORDS.board.queueDue(name ?? buyer, late);
    show(words, WORDS.toasts.goThere, id);
  }

  return { ring, isMine, tellStopped, tellNote, tellMention, tellLead };
}
