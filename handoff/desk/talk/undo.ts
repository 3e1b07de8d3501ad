// What can be taken back, the latest first, each for some seconds.

export interface Undoable {
  id: string;
  label: string;
  /** In milliseconds. */
  until: number;
  undo: () => unknown;
}

export const UNDO_MS = 8_000;

export class UndoStack {
  private entries: Undoable[] = [];

  push(entry: Undoable): void {
    this.entries.push(entry);
  }

  /** Those that can be taken back at `now`. */
  alive(now: number): Undoable[] {
    return (this.entries = this.entries.filter((each) => each.until > now));
  }

  /** Takes the latest, or the one of this id. */
  take(now: number, id?: string): Undoable | null {
    const alive = this.alive(now);
    const found = id === undefined ? alive.at(-1) : alive.find((each) => each.id === id);
    this.entries = alive.filter((each) => each !== found);
    return found ?? null;
  }
}
