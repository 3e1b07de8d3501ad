// Until when a conversation may be put aside.
import { WORDS } from "./words";

const MINUTE_MS = 60_000;
const MORNING = 9;

export interface SnoozeChoice {
  label: string;
  until: Date;
}

export function listSnoozes(now: Date): SnoozeChoice[] {
  const soon = WORDS.snooze.minutes.map(([minutes, label]) => ({
    label,
    until: new Date(now.getTime() + minutes * MINUTE_MS),
  }));
  const tomorrow = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, MORNING);
  return [...soon, { label: WORDS.snooze.tomorrow, until: tomorrow }];
}
