// When a new follow-up is due, unless somebody says otherwise, and how a form shows it.
const MORNING = 10;

/** Tomorrow at ten. */
export function defaultDue(now: Date): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, MORNING);
}

/** As a datetime-local field takes it: the time on this machine's wall. */
export function localValue(at: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
