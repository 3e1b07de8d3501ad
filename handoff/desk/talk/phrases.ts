// Quick phrases: when the box asks for them, which fit, and what they say.

import type { Row } from "../queue/order";
import type { Detail } from "./conversation";

export interface Phrase {
  title: string;
  text: string;
  pinyin: string;
}

export interface Asked {
  /** Where the mark stands that opened the search, and what was typed after it. */
  from: number;
  query: string;
}

// 、 is what the key gives in a Chinese input method
const ASKS = /(?:^|[\s，。！？；：,.!?;:])([/／、])([^\s/／、，。]{0,12})$/u;
const MOST = 8;

/** What the text before the caret asks for; null when it asks for nothing. */
export function readAsked(beforeCaret: string): Asked | null {
  const found = ASKS.exec(beforeCaret);
  if (!found) return null;
  const query = found[2] ?? "";
  return { from: beforeCaret.length - query.length - 1, query };
}

/** Phrases by initials, title or text, those whose beginning fits first. */
export function findPhrases(phrases: Phrase[], query: string): Phrase[] {
  const sought = query.toLowerCase();
  const rank = (each: Phrase) => {
    if (each.pinyin.startsWith(sought) || each.title.startsWith(query)) return 0;
    if (each.title.includes(query) || each.pinyin.includes(sought)) return 1;
    return each.text.includes(query) ? 2 : 3;
  };
  return phrases
    .map((each) => [rank(each), each] as const)
    .filter(([found]) => found < 3)
    .sort(([one], [other]) => one - other)
    .slice(0, MOST)
    .map(([, each]) => each);
}

/** The phrase's text with what is known filled in; what is not known stays, for the agent to see. */
export function fillPhrase(text: string, known: Record<string, string>): string {
  return text.replace(/\{\{(.+?)\}\}/g, (whole, name: string) => known[name.trim()] ?? whole);
}

/** What is known of a conversation, by the names that phrases use. */
export function fillIn(row: Row | null, detail: Detail | null): Record<string, string> {
  const order = detail?.brief.slots?.find((slot) => slot.name === "order")?.value;
  return {
    ...(row ? { 买家: row.buyer_name ?? "亲" } : {}),
    ...(order ? { 订单号: order } : {}),
  };
}
