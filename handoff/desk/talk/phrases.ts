// Quick phrases: when the box asks for them. The service finds them, by title, text and initials, and fills them in.

export interface Asked {
  /** Where the mark stands that opened the search, and what was typed after it. */
  from: number;
  query: string;
}

// 、 is what the key gives in a Chinese input method
const ASKS = /(?:^|[\s，。！？；：,.!?;:])([/／、])([^\s/／、，。]{0,12})$/u;

/** What the text before the caret asks for; null when it asks for nothing. */
export function readAsked(beforeCaret: string): Asked | null {
  const found = ASKS.exec(beforeCaret);
  if (!found) return null;
  const query = found[2] ?? "";
  return { from: beforeCaret.length - query.length - 1, query };
}
