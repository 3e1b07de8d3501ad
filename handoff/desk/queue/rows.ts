// The rows of the lists: read from the service, then kept true by its events.
import { computed, ref, shallowReactive, shallowRef } from "vue";
import { api, ask, sentenceOf, type Schemas } from "../../../app/web/page/api";
import { moveCounts } from "./counts";
import { belongs, sortRows, type Counts, type Order, type Row, type View } from "./order";
import { Together } from "./together";

const PAGE = 100;
const NO_COUNTS: Counts = { mine: 0, snoozed: 0, queue: 0, open: 0, late: 0 };
const SEARCH_WAIT_MS = 250;
const TOGETHER_MS = 400;

export type Rows = ReturnType<typeof createRows>;

export function createRows(me: string) {
  const known = shallowReactive(new Map<string, Row>());
  const view = ref<View>("mine");
  const order = ref<Order>("due");
  const search = ref("");
  const counts = ref<Counts>(NO_COUNTS);
  const loading = ref(false);
  const failure = ref("");
  const found = shallowRef<string[] | null>(null);
  const next = ref<string | null>(null);
  let touched = new Set<string>();
  let reading = 0;
  let typing = 0;

  const sorted = computed<Row[]>(() => {
    if (found.value) return found.value.map((id) => known.get(id)).filter((row) => row !== undefined);
    const held = [...known.values()].filter((row) => belongs(row, view.value, me));
    return sortRows(held, view.value === "ended" && order.value === "due" ? "recent" : order.value);
  });
  const mine = computed<Row[]>(() => [...known.values()].filter((row) => belongs(row, "mine", me)));

  /** Keep what is known: an older version never replaces a newer one. */
  function put(row: Row): void {
    const before = known.get(row.id);
    if (before && before.version > row.version) return;
    known.set(row.id, row);
    touched.add(row.id);
  }

  const told = new Together(apply, TOGETHER_MS);

  /** What happens to others' conversations is shown a little later if much happens, to mine at once. */
  function hear(event: Schemas["HandoffEvent"]): void {
    const isMine = event.handoff.claimed_by === me || known.get(event.handoff.id)?.claimed_by === me;
    told.hear(event, !isMine);
  }

  function apply(event: Schemas["HandoffEvent"]): void {
    const before = known.get(event.handoff.id) ?? null;
    if (before && before.version > event.handoff.version) return;
    counts.value = moveCounts(counts.value, before, event.handoff, event.changes, me);
    put(event.handoff);
  }

  /** Counts as they were read: they hold what was told before. */
  function putCounts(read: Counts): void {
    told.flush();
    counts.value = read;
  }

  function page(shown: View | "all", cursor: string | null): Promise<Schemas["HandoffPage"]> {
    const query = {
      view: shown,
      order: shown === "ended" && order.value === "due" ? ("recent" as const) : order.value,
      limit: PAGE,
      ...(search.value ? { q: search.value } : {}),
      ...(cursor ? { cursor } : {}),
    };
    return ask(api.GET("/v1/handoffs", { params: { query } }));
  }

  /** Read the shown list again, as far as it had been read, and my own beside it. */
  async function load(): Promise<void> {
    const turn = ++reading;
    const shown = view.value;
    const wanted = Math.max(PAGE, sorted.value.length);
    loading.value = true;
    touched = new Set();
    try {
      const read: Row[] = [];
      let cursor: string | null = null;
      do {
        const got: Schemas["HandoffPage"] = await page(search.value ? "all" : shown, cursor);
        if (turn !== reading) return;
        read.push(...got.items);
        putCounts(got.counts);
        cursor = got.next;
        if (read.length === got.items.length) got.items.forEach(put); // the first rows are shown at once
      } while (cursor && read.length < wanted);
      read.forEach(put);
      next.value = cursor;
      if (search.value) found.value = read.map((row) => row.id);
      else forgetGone(shown, new Set(read.map((row) => row.id)));
      failure.value = "";
      if (shown !== "mine" || search.value) await loadMine();
    } catch (error) {
      if (turn === reading) failure.value = sentenceOf(error);
    } finally {
      if (turn === reading) loading.value = false;
    }
  }

  /** My own are always known: they ring and count, whatever is shown. */
  async function loadMine(): Promise<void> {
    const query = { view: "mine" as const, order: "due" as const, limit: PAGE };
    const got = await ask(api.GET("/v1/handoffs", { params: { query } }));
    got.items.forEach(put);
    forgetGone("mine", new Set(got.items.map((row) => row.id)));
  }

  /** How many there are, when events alone may not say: what is late becomes so by itself. */
  async function count(): Promise<void> {
    try {
      const query = { view: "mine" as const, limit: 1 };
      putCounts((await ask(api.GET("/v1/handoffs", { params: { query } }))).counts);
    } catch {
      return; // the connection bar says that nothing is told
    }
  }

  function forgetGone(shown: View, read: Set<string>): void {
    for (const [id, row] of known) {
      if (belongs(row, shown, me) && !read.has(id) && !touched.has(id)) known.delete(id);
    }
  }

  async function loadMore(): Promise<void> {
    if (!next.value || loading.value) return;
    const turn = ++reading;
    loading.value = true;
    try {
      const got = await page(search.value ? "all" : view.value, next.value);
      if (turn !== reading) return;
      got.items.forEach(put);
      next.value = got.next;
      if (found.value) found.value = [...found.value, ...got.items.map((row) => row.id)];
    } catch (error) {
      failure.value = sentenceOf(error);
    } finally {
      if (turn === reading) loading.value = false;
    }
  }

  function show(shown: View): void {
    view.value = shown;
    search.value = "";
    found.value = null;
    next.value = null;
    void load();
  }

  function arrange(wanted: Order): void {
    order.value = wanted;
    void load();
  }

  function seek(text: string): void {
    search.value = text.trim();
    window.clearTimeout(typing);
    if (!search.value) found.value = null;
    typing = window.setTimeout(() => void load(), SEARCH_WAIT_MS);
  }

  return {
    known, view, order, search, counts, loading, failure, found, next, sorted, mine,
    put, hear, load, loadMore, count, show, arrange, seek,
  };
}
