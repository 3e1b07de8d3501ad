// Replies that the service holds, as they are read.
import type { Schemas } from "../../../app/web/page/api";
import type { Line } from "./thread";

export type Held = Schemas["HeldReplyView"];

/** How many were stopped, by ticket. */
export function countStopped(held: Held[]): Map<string, number> {
  const counted = new Map<string, number>();
  for (const each of held.filter((one) => one.state === "stopped")) {
    counted.set(each.handoff_id, (counted.get(each.handoff_id) ?? 0) + 1);
  }
  return counted;
}

/** What others wrote after the last line that its writer had seen. */
export function linesAfter(lines: Line[], held: Held): Line[] {
  if (held.why !== "newer_lines") return [];
  const seen = lines.findIndex((line) => line.id === held.after);
  return lines.slice(seen + 1).filter((line) => line.agent !== held.agent);
}
