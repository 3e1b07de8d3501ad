// Rings and says in the title what waits: a buyer who wrote, one who has waited too long, somebody in the queue.
import type { Schemas } from "../../app/web/page/api";
import { formatLeft, secondsUntil } from "./clock";
import { belongs, type Row } from "./queue/order";
import type { Bell, Tone } from "./sound";
import { WORDS } from "./words";

const LONG_WAIT_MS = 100_000;
const OVER = 100;
const AGAIN_MS = 30_000;
const TO_QUEUE = ["ticket.opened", "ticket.released", "ticket.reopened", "ticket.transferred"];

export interface AlarmListener {
  waitedLong: (rows: Row[]) => void;
}

export class Alarm {
  private readonly told = new Set<string>();
  private rungAt = 0;

  constructor(
    private readonly me: string,
    private readonly bell: Bell,
    private readonly listener: AlarmListener,
  ) {}

  /** Once for each event, in one tab of the browser. */
  hear(event: Schemas["HandoffEvent"]): void {
    const row = event.handoff;
    if (event.changes.includes("buyer.wrote") && belongs(row, "mine", this.me)) {
      this.ring("buyer", row.buyer_name ?? row.buyer, row.last_line?.text ?? "");
    } else if (event.changes.includes("ticket.transferred") && belongs(row, "mine", this.me)) {
      this.ring("queue", row.buyer_name ?? row.buyer, row.transfer?.note ?? "");
    } else if (row.state === "queued" && event.changes.some((each) => TO_QUEUE.includes(each))) {
      this.ring("queue", WORDS.views.queue ?? "", row.summary[0] ?? "");
    }
  }

  /** A clock of ours is nearly or quite over; the service says so, for a hidden tab's own timers are slow. */
  hearDue(event: Schemas["DueEvent"]): void {
    const words = event.level < OVER ? WORDS.toasts.nearlyLate : WORDS.toasts.late;
    const buyer = event.handoff.buyer_name ?? event.handoff.buyer;
    if (event.clock === "answer" && belongs(event.handoff, "mine", this.me)) this.ring("late", words(buyer), "");
  }

  /** Every second, for my own rows; `rings` in one tab of the browser. */
  tick(mine: Row[], now: number, rings: boolean): void {
    const long = mine.filter((row) => row.waiting_since && now - Date.parse(row.waiting_since) >= LONG_WAIT_MS);
    const fresh = long.filter((row) => !this.told.has(keyOf(row)));
    for (const row of fresh) this.told.add(keyOf(row));
    if (fresh.length) this.listener.waitedLong(long);
    const due = now - this.rungAt >= AGAIN_MS && mine.some((row) => row.unread > 0 || row.transfer !== null);
    if (rings && fresh.length) this.play("late", now);
    else if (rings && due) this.play("buyer", now);
  }

  private ring(tone: Tone, title: string, text: string): void {
    this.play(tone, Date.now());
    if (document.visibilityState === "hidden" && "Notification" in window && Notification.permission === "granted") {
      new Notification(title, { body: text, tag: tone }).onclick = () => {
        window.focus();
      };
    }
  }

  private play(tone: Tone, now: number): void {
    this.rungAt = now;
    this.bell.play(tone);
  }
}

/** (3) 1:12 小二. */
export function writeTitle(mine: Row[], now: number): string {
  const unread = mine.filter((row) => row.unread > 0).length;
  const lefts = mine.map((row) => secondsUntil(row.answer_due, now)).filter((left) => left !== null);
  const parts = [
    ...(unread ? [`(${unread})`] : []),
    ...(lefts.length ? [formatLeft(Math.min(...lefts))] : []),
    lefts.length || unread ? WORDS.product : WORDS.desk,
  ];
  return parts.join(" ");
}

function keyOf(row: Row): string {
  return `${row.id} ${row.waiting_since ?? ""}`;
}
