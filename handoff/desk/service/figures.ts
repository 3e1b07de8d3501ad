// The desk's figures: today's for its head, and any time's for the board.
import { computed, shallowRef } from "vue";
import { api, ask, type Schemas } from "../../../app/web/page/api";

export type Figures = Schemas["FiguresView"];
export type FigureTable = Schemas["FigureTableView"];
export type Cut = "agent" | "group" | "reason" | "day";

/** The midnight that began this many days, today among them. */
export function daysBegin(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - days + 1);
}

/** 06-18: the day that began then, where we are. */
export function formatDay(begin: string): string {
  const day = new Date(begin);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

export function formatShare(share: number | null): string {
  return share === null ? "–" : `${(share * 100).toFixed(1)}%`;
}

export function formatSeconds(seconds: number | null): string {
  if (seconds === null) return "–";
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function formatScore(score: number | null): string {
  return score === null ? "–" : score.toFixed(1);
}

export async function readFigures(now: Date, days: number, by?: Cut): Promise<FigureTable> {
  const query = { from: daysBegin(now, days).toISOString(), ...(by ? { by } : {}) };
  return await ask(api.GET("/v1/figures", { params: { query } }));
}

/** Today's, as last read. */
export function createFigures() {
  const table = shallowRef<FigureTable | null>(null);
  const total = computed(() => table.value?.total ?? null);

  async function load(now: Date): Promise<void> {
    table.value = await readFigures(now, 1);
  }

  return { total, load };
}
