// What an agent has typed and not sent, kept at every input: a restart, a deploy or a closed tab loses no character.

export type BoxKind = "reply" | "note";
type Keep = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

const PREFIX = "xiaoer.draft";
const LONGEST_DAYS = 14;
const DAY_MS = 86_400_000;

interface Kept {
  text: string;
  at: number;
  /** Why it is here again, where it was sent and has not left. */
  why?: string;
}

export class Drafts {
  constructor(
    private readonly storage: Keep,
    private readonly agent: string,
    private readonly now: () => number = Date.now,
  ) {}

  read(ticket: string, kind: BoxKind = "reply"): string {
    return this.load(this.keyOf(ticket, kind))?.text ?? "";
  }

  /** Why the draft of a reply is here again; empty where it is new. */
  readWhy(ticket: string): string {
    return this.load(this.keyOf(ticket, "reply"))?.why ?? "";
  }

  write(ticket: string, kind: BoxKind, text: string, why = this.load(this.keyOf(ticket, kind))?.why): void {
    const key = this.keyOf(ticket, kind);
    if (text === "") this.storage.removeItem(key);
    else this.storage.setItem(key, JSON.stringify({ text, at: this.now(), why }));
  }

  /** Put a reply in front of what has been typed since: it was taken back, or could not be sent. */
  giveBack(ticket: string, text: string, why = ""): string {
    const since = this.read(ticket);
    const whole = since.trim() ? `${text}\n${since}` : text;
    this.write(ticket, "reply", whole, why);
    return whole;
  }

  /** The drafts of replies, by ticket; those of long ago are thrown away. */
  list(): Map<string, string> {
    const found = new Map<string, string>();
    const keys = Array.from({ length: this.storage.length }, (_, place) => this.storage.key(place) ?? "");
    for (const key of keys.filter((each) => each.startsWith(`${PREFIX}.${this.agent}.`))) {
      const kept = this.load(key);
      if (!kept || kept.at < this.now() - LONGEST_DAYS * DAY_MS) this.storage.removeItem(key);
      else if (key.endsWith(".reply")) found.set(key.split(".").at(-2) ?? "", kept.text);
    }
    return found;
  }

  private keyOf(ticket: string, kind: BoxKind): string {
    return `${PREFIX}.${this.agent}.${ticket}.${kind}`;
  }

  private load(key: string): Kept | null {
    const kept = this.storage.getItem(key);
    if (kept === null) return null;
    try {
      return JSON.parse(kept) as Kept;
    } catch {
      return null;
    }
  }
}
