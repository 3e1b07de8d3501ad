// The conversation as it is read: lines, notes and what people did, in one order.
import type { Schemas } from "../../../app/web/page/api";
import type { Held } from "./stopped";
import type { Sending } from "./outbox";

export type Line = Schemas["BriefLine"];
type Entry = Schemas["HistoryEntry"];

export type Shown =
  | { kind: "line"; key: string; at: string; line: Line }
  | { kind: "note"; key: string; at: string; entry: Entry }
  | { kind: "event"; key: string; at: string; entry: Entry }
  | { kind: "held"; key: string; at: string; held: Held }
  | { kind: "sending"; key: string; at: string; sending: Sending };

const NOTE = "ticket.noted";

/** Lines stand as they came; notes and deeds before the first line that is later; what has not left comes last. */
export function weaveThread(lines: Line[], history: Entry[], held: Held[], sendings: Sending[]): Shown[] {
  const shown: Shown[] = [];
  const deeds = [...history].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  const first = lines[0];
  let place = 0;
  if (first) while (place < deeds.length && isBefore(deeds[place], first.at)) place += 1; // of an earlier ticket's days
  const early = deeds.slice(0, place);
  for (const line of lines) {
    while (place < deeds.length && isBefore(deeds[place], line.at)) shown.push(showDeed(deeds[place++] as Entry));
    shown.push({ kind: "line", key: line.id || `${line.at}${line.author}${line.text}`, at: line.at, line });
  }
  const hasLeft = (id: string) => lines.some((line) => line.id?.endsWith(`:${id}`));
  const waiting = held.filter((each) => !hasLeft(each.id)).map((each): Shown => ({ kind: "held", key: each.id, at: each.send_at, held: each }));
  const on = sendings
    .filter((each) => !hasLeft(each.id) && !held.some((one) => one.id === each.id))
    .map((sending): Shown => ({ kind: "sending", key: sending.id, at: new Date(sending.writtenAt).toISOString(), sending }));
  return [...early.map(showDeed), ...shown, ...deeds.slice(place).map(showDeed), ...waiting, ...on];
}

/** The lines of both, each once, in their order: `later` follows `earlier`. */
export function joinLines(earlier: Line[], later: Line[]): Line[] {
  const known = new Set(later.map((line) => line.id));
  return [...earlier.filter((line) => !known.has(line.id)), ...later];
}

/** The last line that others or we have said: what the writer of a reply has seen. */
export function lastSeen(lines: Line[]): string | null {
  return lines.findLast((line) => line.id)?.id ?? null;
}

function isBefore(entry: Entry | undefined, at: string): boolean {
  return entry !== undefined && Date.parse(entry.at) < Date.parse(at);
}

function showDeed(entry: Entry): Shown {
  return { kind: entry.change === NOTE ? "note" : "event", key: entry.id, at: entry.at, entry };
}
