// The platform's clock: whole seconds until a person has to answer, by the service's time.
import { formatMinutes } from "./calendar";

export type Manner = "" | "soon" | "late";

const SOON_SECONDS = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;

/** The service's time in milliseconds, whatever this machine's clock says. */
export class ServerClock {
  private lead = 0;

  /** `serverTime` is what the service said the moment `local` was read. */
  set(serverTime: string, local: number): void {
    this.lead = Date.parse(serverTime) - local;
  }

  now(local: number): number {
    return local + this.lead;
  }
}

/** Negative once it is late; null where nothing waits. */
export function secondsUntil(due: string | null | undefined, now: number): number | null {
  return due ? Math.floor((Date.parse(due) - now) / 1000) : null;
}

export function mannerOf(left: number | null): Manner {
  if (left === null || left >= SOON_SECONDS) return "";
  return left < 0 ? "late" : "soon";
}

/** 1:12, -0:24, 2小时, -3天. */
export function formatLeft(left: number): string {
  const sign = left < 0 ? "-" : "";
  const seconds = Math.abs(left);
  if (seconds >= DAY) return `${sign}${Math.floor(seconds / DAY)}天`;
  if (seconds >= HOUR) return `${sign}${Math.floor(seconds / HOUR)}小时`;
  return sign + formatMinutes(seconds);
}
