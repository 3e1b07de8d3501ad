// Colleagues and groups that a note names: when the box asks for them, and which fit.
import type { Colleague } from "../team";
import type { Asked } from "./phrases";

export interface Name {
  id: string;
  name: string;
  /** What stands in the note after the @. */
  said: string;
  kind: "group" | "there" | "away";
}

// not within an address like mei@shop; ＠ is what the key gives in a Chinese input method
const NAMES = /(?:^|[^A-Za-z0-9_.-])[@＠]([^\s@＠]{0,20})$/u;

/** What the note before the caret asks for; null when it names nobody. */
export function readNamed(beforeCaret: string): Asked | null {
  const query = NAMES.exec(beforeCaret)?.[1];
  return query === undefined ? null : { from: beforeCaret.length - query.length - 1, query };
}

const RANKS: Name["kind"][] = ["there", "group", "away"];

/** Those whose name or id has it, who is there first.
 *
 * A group is named as its shop calls it (`titles`); where that is not known its id is meant, which always is.
 */
export function findNames(query: string, people: Colleague[], groups: Record<string, string>, titles: Record<string, string>): Name[] {
  const sought = query.toLowerCase();
  const all: Name[] = [
    ...people.map((each) => ({ id: each.id, name: each.name || each.id, said: each.name || each.id, kind: each.status === "online" ? ("there" as const) : ("away" as const) })),
    ...Object.entries(groups).map(([id, name]) => ({ id, name: titles[id] ?? name, said: titles[id] ?? id, kind: "group" as const })),
  ];
  const fits = (each: Name) => each.name.toLowerCase().includes(sought) || each.id.toLowerCase().startsWith(sought);
  return all.filter(fits).sort((one, other) => RANKS.indexOf(one.kind) - RANKS.indexOf(other.kind));
}
