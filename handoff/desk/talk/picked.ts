// What an agent picks out of a conversation to keep: a sentence as a phrase, a question with its answer as a row of the FAQ.
import { ref } from "vue";
import type { Line } from "./thread";

interface Names {
  buyer: string | null | undefined;
  orders: string[];
}

export interface Picked {
  text: string;
  question: string;
  answer: string;
}

/** The sentence with the buyer's name and order numbers as variables, so that it can be said to others. */
export function nameVariables(text: string, names: Names): string {
  let told = names.buyer ? text.replaceAll(names.buyer, "{{买家}}") : text;
  for (const order of names.orders) told = told.replaceAll(order, "{{订单号}}");
  return told;
}

/** What a person said after the line, before the buyer's next one; empty when nobody did. */
export function findAnswer(lines: Line[], asked: Line): string {
  const after = lines.slice(lines.indexOf(asked) + 1);
  const said = after.find((line) => line.author === "agent" && line.text);
  return said?.text ?? "";
}

/** The last thing of this author's that has words. */
export function lastOf(lines: Line[], author: Line["author"]): Line | null {
  return lines.findLast((line) => line.author === author && line.text) ?? null;
}

export function createPicked() {
  return ref<Picked>({ text: "", question: "", answer: "" });
}
