// Until when a conversation may be put aside.
import { dayAt } from "./calendar";
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
  return [...soon, { label: WORDS.snooze.tomorrow, until: dayAt(now, 1, MORNING) }];
}
