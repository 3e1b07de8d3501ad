// Days and times as they are read and typed, by this machine's wall.

const two = (number: number) => String(number).padStart(2, "0");

/** So many days after today's, at that hour. */
export function dayAt(now: Date, days: number, hour = 0): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
}

/** 06-18 */
export function formatDay(at: Date): string {
  return `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** 17:47 */
function formatHour(at: Date): string {
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** 17:47 today, 11-29 17:47 on another day. */
export function formatTime(at: string, now: number): string {
  const time = new Date(at);
  const sameDay = time.toDateString() === new Date(now).toDateString();
  return sameDay ? formatHour(time) : `${formatDay(time)} ${formatHour(time)}`;
}

/** 1:12 of 72 seconds. */
export function formatMinutes(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** As a datetime-local field takes it. */
export function localValue(at: Date): string {
  return `${at.getFullYear()}-${formatDay(at)}T${formatHour(at)}`;
}
