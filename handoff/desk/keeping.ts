// Out of a conversation into what is kept: a sentence as one's own phrase, a question as a proposed row of the FAQ.
import type { Desk } from "./desk";
import { findAnswer, lastOf, nameVariables } from "./talk/picked";
import type { Line } from "./talk/thread";

/** Opens the form with this sentence, by default what was said last. */
export function keepPhrase(desk: Desk, said?: string): void {
  const { talk } = desk;
  const orders = talk.detail.value?.brief.snapshots?.filter((shot) => shot.kind === "order").map((shot) => shot.id ?? "") ?? [];
  const names = { buyer: desk.row.value?.buyer_name, orders: orders.filter((each) => each) };
  const text = said ?? lastOf(talk.lines.value, "agent")?.text ?? "";
  desk.picked.value = { text: nameVariables(text, names), question: "", answer: "" };
  desk.dialog.value = "phrases";
}

/** What the buyer asked last; who asked for a person has asked before what the bot could not tell. */
function lastQuestion(desk: Desk): Line | null {
  const { lines, detail } = desk.talk;
  const asked = lines.value.filter((each) => each.author === "buyer" && each.text);
  const before = detail.value?.brief.reason === "asked_for_human" && asked.length > 1 ? -2 : -1;
  return asked.at(before) ?? null;
}

/** Opens the form with this question, by default the buyer's last, and what was answered or is in the box. */
export function proposeFaq(desk: Desk, asked?: string): void {
  const { lines } = desk.talk;
  const line = asked === undefined ? lastQuestion(desk) : (lines.value.find((each) => each.text === asked) ?? null);
  const answer = (line && findAnswer(lines.value, line)) || desk.box.text.value.trim();
  desk.picked.value = { text: "", question: asked ?? line?.text ?? "", answer };
  desk.dialog.value = "faq";
}
