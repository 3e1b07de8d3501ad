// How many conversations each list holds, kept true between two readings by what changes.
import { belongs, type Counts, type Row } from "./order";

/** Counts after a row changed from `before`, null where it was not known, to `after`. */
export function moveCounts(counts: Counts, before: Row | null, after: Row, changes: string[], me: string): Counts {
  const was = before ?? guessBefore(after, changes);
  const step = (held: (row: Row) => boolean) => Number(held(after)) - Number(was !== null && held(was));
  const isOpen = (row: Row) => row.state === "queued" || row.state === "claimed";
  return {
    ...counts,
    mine: Math.max(0, counts.mine + step((row) => belongs(row, "mine", me))),
    snoozed: Math.max(0, counts.snoozed + step((row) => belongs(row, "snoozed", me))),
    queue: Math.max(0, counts.queue + step((row) => belongs(row, "queue", me))),
    open: Math.max(0, counts.open + step(isOpen)),
  };
}

/** What an unknown row was before these changes; null for a new one. */
function guessBefore(after: Row, changes: string[]): Row | null {
  if (changes.includes("ticket.opened")) return null;
  if (changes.includes("ticket.claimed")) return { ...after, state: "queued", claimed_by: null };
  if (changes.includes("ticket.reopened")) return { ...after, state: "resolved" };
  const ended = changes.includes("ticket.resolved") || changes.includes("ticket.returned");
  if (ended || changes.includes("ticket.released")) return { ...after, state: "claimed" };
  return after;
}
