// What can be taken back, the latest first, each for some seconds.

export interface Undoable {
  id: string;
  /** The conversation in which alone it is taken back; none for what can be from anywhere. */
  ticket?: string;
  label: string;
  /** In milliseconds. */
  until: number;
  undo: () => unknown;
}

export const UNDO_MS = 8_000;

export class UndoStack {
  private entries: Undoable[] = [];

  /** One that is known keeps its place: the order is that of what was done, not of what was answered. */
  push(entry: Undoable): void {
    const place = this.entries.findIndex((each) => each.id === entry.id);
    this.entries.splice(place < 0 ? this.entries.length : place, place < 0 ? 0 : 1, entry);
  }

  /** Those that can be taken back at `now`. */
  alive(now: number): Undoable[] {
    return (this.entries = this.entries.filter((each) => each.until > now));
  }

  /** Takes the latest that can be taken back in the conversation that is open. */
  takeLatest(now: number, open: string | null): Undoable | null {
    return this.remove(this.alive(now).findLast((each) => each.ticket === undefined || each.ticket === open));
  }

  take(now: number, id: string): Undoable | null {
    return this.remove(this.alive(now).find((each) => each.id === id));
  }

  private remove(found: Undoable | undefined): Undoable | null {
    this.entries = this.entries.filter((each) => each !== found);
    return found ?? null;
  }
}
