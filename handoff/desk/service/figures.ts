// The desk's figures: today's for its head, and any time's for the board.
import { computed, shallowRef } from "vue";
import { api, ask, type Schemas } from "../../../app/web/page/api";
import { dayAt, formatMinutes } from "../calendar";

export type Figures = Schemas["FiguresView"];
export type FigureTable = Schemas["FigureTableView"];
export type Cut = "agent" | "group" | "reason" | "day";

export function formatShare(share: number | null): string {
  return share === null ? "–" : `${(share * 100).toFixed(1)}%`;
}

export function formatSeconds(seconds: number | null): string {
  return seconds === null ? "–" : formatMinutes(seconds);
}

export function formatScore(score: number | null): string {
  return score === null ? "–" : score.toFixed(1);
}

/** Of so many days, today among them. */
export async function readFigures(now: Date, days: number, by?: Cut): Promise<FigureTable> {
  const query = { from: dayAt(now, 1 - days).toISOString(), ...(by ? { by } : {}) };
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
