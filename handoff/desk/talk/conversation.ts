// The open conversation: read when it is opened and again whenever it changed.
import { ref, shallowRef } from "vue";
import { api, ask, Failure, sentenceOf, type Schemas } from "../../../app/web/page/api";
import { joinLines, type Line } from "./thread";

export type Detail = Schemas["HandoffDetail"];

const MOST_REMEMBERED = 20;
const TOGETHER_MS = 120;
const OLDER_PAGE = 100;
/** As many lines the service tells with a conversation; fewer are all of them. */
const TOLD_LINES = 200;

export type Conversation = ReturnType<typeof createConversation>;

export function createConversation(seen: (detail: Detail) => void) {
  const id = ref<string | null>(null);
  const detail = shallowRef<Detail | null>(null);
  const lines = shallowRef<Line[]>([]);
  const loading = ref(false);
  const failure = ref("");
  const gone = ref(false);
  const loadingOlder = ref(false);
  const hasOlder = ref(false);
  const remembered = new Map<string, Detail>();
  let cursor: string | null | undefined;
  let waiting = 0;

  /** Shows what is remembered of it at once; until it is read. */
  async function open(ticket: string): Promise<void> {
    id.value = ticket;
    detail.value = remembered.get(ticket) ?? null;
    lines.value = detail.value?.brief.transcript ?? [];
    failure.value = "";
    gone.value = false;
    hasOlder.value = mayHaveOlder(detail.value);
    cursor = undefined;
    await read();
  }

  function close(): void {
    id.value = null;
    detail.value = null;
    lines.value = [];
  }

  async function read(): Promise<void> {
    const ticket = id.value;
    if (!ticket) return;
    loading.value = true;
    try {
      take(await ask(api.GET("/v1/handoffs/{handoff_id}", { params: { path: { handoff_id: ticket } } })));
      failure.value = "";
    } catch (error) {
      if (id.value !== ticket) return;
      gone.value = error instanceof Failure && error.status === 404;
      failure.value = sentenceOf(error);
    } finally {
      if (id.value === ticket) loading.value = false;
    }
  }

  /** Shows the conversation as the service told it, unless something newer is shown or it is not open. */
  function take(told: Detail): void {
    remembered.delete(told.id);
    remembered.set(told.id, told);
    if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value ?? "");
    if (told.id === id.value && (detail.value?.version ?? 0) <= told.version) {
      if (!detail.value) hasOlder.value = mayHaveOlder(told);
      detail.value = told;
      lines.value = joinLines(lines.value, told.brief.transcript ?? []);
    }
    seen(told);
  }

  /** It changed: several changes at once are one reading. */
  function refresh(): void {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => void read(), TOGETHER_MS);
  }

  /** Pages of older lines, until one brings a line that is not shown yet. */
  async function loadOlder(): Promise<void> {
    const ticket = id.value;
    if (!ticket || loadingOlder.value || !hasOlder.value) return;
    loadingOlder.value = true;
    try {
      for (;;) {
        const query = { limit: OLDER_PAGE, ...(cursor ? { before: cursor } : {}) };
        const got = await ask(
          api.GET("/v1/handoffs/{handoff_id}/lines", { params: { path: { handoff_id: ticket }, query } }),
        );
        if (id.value !== ticket) return;
        cursor = got.before;
        hasOlder.value = cursor !== null;
        const before = lines.value.length;
        lines.value = joinLines(got.lines, lines.value);
        if (lines.value.length > before || !hasOlder.value) return;
      }
    } catch (error) {
      failure.value = sentenceOf(error);
    } finally {
      loadingOlder.value = false;
    }
  }

  return { id, detail, lines, loading, failure, gone, loadingOlder, hasOlder, open, close, read, take, refresh, loadOlder };
}

function mayHaveOlder(detail: Detail | null): boolean {
  return (detail?.brief.transcript?.length ?? 0) >= TOLD_LINES;
}
