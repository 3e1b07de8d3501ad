// Which conversations a list shows, and which comes first.
import type { Schemas } from "../../../app/web/page/api";

export type Row = Schemas["HandoffItem"];
export type Counts = Schemas["HandoffCounts"];
export type View = "mine" | "queue" | "snoozed" | "ended";
export type Order = "due" | "recent" | "opened";

const URGENCY = { urgent: 0, high: 1, normal: 2 };
const ENDED = new Set<Row["state"]>(["resolved", "returned"]);

/** Whether the list of this name holds the row. */
export function belongs(row: Row, view: View, me: string): boolean {
  if (view === "queue") return row.state === "queued";
  if (view === "ended") return ENDED.has(row.state);
  if (row.state !== "claimed" || row.claimed_by !== me) return false;
  return (row.snooze !== null) === (view === "snoozed");
}

/** Rows in order: by default the one that has to be answered next comes first, urgency breaks ties. */
export function sortRows(rows: Row[], order: Order): Row[] {
  return [...rows].sort(COMPARE[order]);
}

const COMPARE: Record<Order, (one: Row, other: Row) => number> = {
  due: (one, other) =>
    compare(one.answer_due ?? LAST, other.answer_due ?? LAST) ||
    URGENCY[one.priority] - URGENCY[other.priority] ||
    COMPARE.recent(one, other),
  recent: (one, other) => compare(spokenAt(other), spokenAt(one)) || compare(one.id, other.id),
  opened: (one, other) => compare(one.created_at, other.created_at) || compare(one.id, other.id),
};

const LAST = "~"; // after every date

function spokenAt(row: Row): string {
  return row.last_line?.at ?? row.created_at;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** What a list shows while a pointer is on it: no row moves, and those that came meanwhile are counted.
 *
 * Without a pointer (`shown` null), in an empty list, and for the open conversation's own sake nothing is held.
 */
export function holdStill(shown: string[] | null, sorted: string[], open: string | null): { ids: string[]; fresh: number } {
  const isNewAndOpen = open !== null && sorted.includes(open) && !shown?.includes(open);
  if (!shown?.length || isNewAndOpen) return { ids: sorted, fresh: 0 };
  const still = new Set(sorted);
  const ids = shown.filter((id) => still.has(id));
  return { ids, fresh: sorted.length - ids.length };
}

/** The row above or below `id`; from none the first, at an end the same. */
export function neighbour(ids: string[], id: string | null, step: 1 | -1): string | null {
  const place = id === null ? -1 : ids.indexOf(id);
  if (place < 0) return ids[0] ?? null;
  return ids[Math.min(ids.length - 1, Math.max(0, place + step))] ?? null;
}

/** Of these, the buyer who has waited longest for a person. */
export function longestWaiting(rows: Row[]): Row | null {
  const waiting = rows.filter((row) => row.answer_due);
  return sortRows(waiting, "due")[0] ?? null;
}
