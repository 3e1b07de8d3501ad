// Replies on their way to the service, which holds them until they leave: sent again until it has them. Their ids make a
// second sending harmless; they are kept in storage, so that a closed tab loses none.

export interface Said {
  text: string;
  /** The addresses of uploaded pictures. */
  pictures: string[];
}

/** Whether the service holds it so that it can be taken back, says it at once, or waits until a time. */
export type Leaves = { hold: true } | { at: string } | null;

export interface Sending {
  id: string;
  ticket: string;
  text: string;
  /** None in what an older desk left behind. */
  pictures?: string[];
  /** The id of the last line its writer had seen. */
  after: string | null;
  leaves?: Leaves;
  writtenAt: number;
  state: "sending" | "waiting";
}

type Keep = Pick<Storage, "getItem" | "setItem">;

export class Outbox {
  constructor(
    private readonly storage: Keep,
    private readonly agent: string,
  ) {}

  list(): Sending[] {
    try {
      return JSON.parse(this.storage.getItem(this.key) ?? "[]") as Sending[];
    } catch {
      return [];
    }
  }

  put(sending: Sending): void {
    this.save([...this.list().filter((each) => each.id !== sending.id), sending]);
  }

  /** Takes it out; null when it was not there any more. */
  take(id: string): Sending | null {
    const all = this.list();
    const found = all.find((each) => each.id === id) ?? null;
    if (found) this.save(all.filter((each) => each !== found));
    return found;
  }

  private get key(): string {
    return `xiaoer.outbox.${this.agent}`;
  }

  private save(all: Sending[]): void {
    this.storage.setItem(this.key, JSON.stringify(all));
  }
}
