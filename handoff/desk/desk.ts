// The desk: everything an agent sees and can do, over our own API.
import { computed, inject, ref, shallowRef, type InjectionKey } from "vue";
import { api, ask, Failure, type Schemas } from "../../app/web/page/api";
import type { Session } from "../../app/web/page/session";
import { SharedStream, type StreamState, type Told } from "../../app/web/page/stream";
import { Alarm, writeTitle } from "./alarm";
import { ServerClock } from "./clock";
import { createApprovals } from "./lead/approvals";
import { createMentions } from "./mentions";
import { createNotices } from "./notices";
import { longestWaiting, neighbour, type Row } from "./queue/order";
import { createRows } from "./queue/rows";
import { createFigures } from "./service/figures";
import { createTodos } from "./service/todos";
import { Bell } from "./sound";
import { createShifts } from "./shifts";
import { createBox } from "./talk/box";
import { createConversation, type Detail } from "./talk/conversation";
import { KeptPictures } from "./talk/pictures";
import { createPicked } from "./talk/picked";
import { createSpeech } from "./talk/speech";
import { createPictures } from "./talk/uploading";
import { createTeam, VIEWING_EVERY_SECONDS } from "./team";
import { createToasts } from "./toasts";
import { createWork } from "./work";
import { WORDS } from "./words";

export type Pane = "side" | "talk" | "brief";
export type Dialog = "giveBack" | "later" | "todo" | "todos" | "help" | "palette" | "trace" | "transfer" | "snooze" | "board" | "phrases" | "faq" | "shifts" | "me" | "reading";
const SECOND_MS = 1000;
const COUNT_AGAIN_SECONDS = 30;
const FIGURES_EVERY_SECONDS = 60;
const FORBIDDEN = 403;
/** Changes of what is shown with a ticket, and not of its row. */
const TOLD_WITHOUT_VERSION = ["ticket.noted", "ticket.rated", "ticket.refreshed"];
export type Desk = ReturnType<typeof createDesk>;
export const DESK: InjectionKey<Desk> = Symbol("desk");

export function useDesk(): Desk {
  const desk = inject(DESK);
  if (!desk) throw new Error("no desk is provided");
  return desk;
}

export function createDesk(session: Session, signedOut: () => void) {
  const me = session.agent;
  const isLead = session.role !== "agent";
  const clock = new ServerClock();
  const now = ref(Date.now());
  const stream = ref<StreamState>({ live: false, since: Date.now() });
  const begun = ref(false);
  const pane = ref<Pane>("side");
  /** Whether the list is of conversations that the bot holds. */
  const showsBots = ref(false);
  /** Whether it may be: supervisors, and agents where the shop lets them. */
  const seesBots = ref(isLead);
  /** How often it was told that the bot's conversations, which those who see them read, have changed. */
  const botsTold = ref(0);
  const dialog = ref<Dialog | null>(null);
  const shownIds = shallowRef<string[]>([]);
  const bell = new Bell();
  const muted = ref(bell.muted);
  const toasts = createToasts();
  const rows = createRows(me);
  const talk = createConversation((detail) => {
    rows.put(detail);
  });
  const box = createBox(me, talk.id, saveDraft);
  const team = createTeam(me);
  /** What the text in the box would promise, for that text. */
  const review = shallowRef<{ text: string; review: Schemas["CheckedText"] } | null>(null);
  const approvals = createApprovals({
    asked: (approval) => {
      if (!isLead) return;
      const open = () => {
        openApproval(approval.handoff_id);
      };
      toasts.show(WORDS.approval.rings(team.nameOf(approval.asked_by)), { label: WORDS.approval.open, run: open });
      if (shared?.leads) bell.play("queue");
    },
    declined: (approval) => {
      if (approval.asked_by !== me) return;
      box.giveBack(approval.handoff_id, approval.text);
      toasts.warn(WORDS.approval.declined);
    },
    granted: (approval) => {
      if (approval.asked_by === me) toasts.show(WORDS.approval.granted);
    },
  });
  const pictures = createPictures(new KeptPictures(localStorage, me), talk.id, toasts.warn);
  const { attempt, change, transfer, snooze, wake, take, refreshing, refreshFacts } = createWork({ talk, box, toasts, offerUndo: (...offer) => { speech.offerUndo(...offer); }, letLeave: (ticket) => speech.letLeave(ticket) });
  const notices = createNotices({ me, isLead, rows, team, toasts, bell, leads: () => shared?.leads ?? false, open });
  const figures = createFigures();
  const todos = createTodos(me, isLead, {
    due: (todo) => {
      const said = todo.kind === "task" ? WORDS.todos.taskLate(todo.department, todo.about) : WORDS.todos.rings(todo.about);
      notices.ring(said, todo.handoff_id);
    },
    done: (todo) => {
      notices.ring(WORDS.todos.taskDone(todo.department, todo.result), todo.handoff_id);
    },
  });
  const alarm = new Alarm(me, bell, { waitedLong: tellLongWait });

  const row = computed<Row | null>(() => (talk.id.value ? (rows.known.get(talk.id.value) ?? talk.detail.value) : null));
  const holds = computed(() => row.value?.state === "claimed" && row.value.claimed_by === me);
  const mayTake = computed(() => isLead && row.value?.state === "claimed" && row.value.claimed_by !== me);
  const mayWork = computed(() => row.value?.state === "claimed" && (holds.value || isLead));

  /** The shop that the open conversation, or else the agent, belongs to; empty while neither says one. */
  const shop = computed(() => row.value?.shop ?? session.shops?.[0] ?? rows.sorted.value[0]?.shop ?? "");
  const shifts = createShifts(me, shop, (shift) => {
    const open = () => {
      dialog.value = "shifts";
    };
    toasts.show(WORDS.shifts.rings(team.nameOf(shift.agent), shift.text), { label: WORDS.shifts.open, run: open });
    if (shared?.leads) bell.play("queue");
  });
  const mentions = createMentions((mention) => {
    if (mention.handoff_id === talk.id.value) markSeen();
    else void notices.tellMention(mention);
  });
  const picked = createPicked();
  const speech = createSpeech({ me, talk, box, pictures, toasts, row, holds, attempt, stopped: (stopped) => void notices.tellStopped(stopped) });
  const { sender, held, submit, schedule, sayGoodbye, undo, takeBack } = speech;

  // ---- events

  let shared: SharedStream | null = null;
  let ticking = 0;
  let seconds = 0;

  function start(): void {
    shared = new SharedStream("/v1/events", { onTold: hear, onState: noteState, onSignedOut: signedOut });
    ticking = window.setInterval(tick, SECOND_MS);
    window.addEventListener("pagehide", sender.flush);
    document.addEventListener("visibilitychange", markSeen);
    sender.adopt();
  }

  function stop(): void {
    shared?.stop();
    window.clearInterval(ticking);
    window.removeEventListener("pagehide", sender.flush);
    document.removeEventListener("visibilitychange", markSeen);
  }

  function noteState(state: StreamState): void {
    stream.value = state;
    if (state.live) readAll();
  }

  function readAll(): void {
    begun.value = true;
    botsTold.value += 1;
    void rows.load();
    approvals.load().catch(() => undefined); // asked for again at the next reading
    team.load().catch(() => undefined); // names stay ids until the next reading
    todos.load().catch(() => undefined); // the list of them reads again
    held.load().catch(() => undefined); // the conversation shows them too
    readFigures();
    mentions.load().then(markSeen, () => undefined); // read again with everything
    shifts.load().catch(() => undefined); // the pane asks again and says why not
    if (!isLead) void askForBots();
    void talk.read().then(markSeen);
    sender.hurry();
  }

  async function askForBots(): Promise<void> {
    try {
      await ask(api.GET("/v1/conversations", { params: { query: { limit: 1 } } }));
      seesBots.value = true;
    } catch (error) {
      if (!(error instanceof Failure) || error.status !== FORBIDDEN) return;
      seesBots.value = false;
      showsBots.value = false;
    }
  }

  function hear(told: Told): void {
    if (told.name === "hello") {
      clock.set((JSON.parse(told.data) as Schemas["HelloEvent"]).server_time, Date.now());
    } else if (told.name === "resync") {
      readAll();
    } else if (told.name === "ticket") {
      hearTicket(JSON.parse(told.data) as Schemas["HandoffEvent"]);
    } else if (told.name === "agent") {
      team.put((JSON.parse(told.data) as Schemas["AgentEvent"]).agent);
    } else if (told.name === "approval") {
      approvals.hear(JSON.parse(told.data) as Schemas["ApprovalEvent"]);
    } else if (told.name === "todo") {
      todos.hear(JSON.parse(told.data) as Schemas["TodoEvent"]);
    } else if (told.name === "conversations") {
      botsTold.value += 1;
    } else if (told.name === "mention") {
      mentions.hear(JSON.parse(told.data) as Schemas["MentionEvent"]);
    } else if (told.name === "presence") {
      team.noteAt(JSON.parse(told.data) as Schemas["PresenceEvent"]);
    } else if (told.name === "shift") {
      shifts.hear(JSON.parse(told.data) as Schemas["ShiftEvent"]).catch(() => undefined); // read again with everything
    } else if (told.name === "due") {
      const due = JSON.parse(told.data) as Schemas["DueEvent"];
      rows.put(due.handoff);
      if (shared?.leads) alarm.hearDue(due);
      notices.tellLead(due);
    }
  }

  function hearTicket(event: Schemas["HandoffEvent"]): void {
    rows.hear(event);
    held.hear(event.handoff.id, event.changes);
    if (event.handoff.id === talk.id.value) {
      const shown = talk.detail.value?.version ?? 0;
      if (event.handoff.version > shown || TOLD_WITHOUT_VERSION.some((each) => event.changes.includes(each))) talk.refresh();
      markSeen();
    }
    if (shared?.leads) alarm.hear(event);
    if (event.changes.includes("ticket.noted") && notices.isMine(event.handoff.id)) void notices.tellNote(event.handoff.id);
  }

  function readFigures(): void {
    figures.load(new Date(now.value)).catch(() => undefined); // read again in a minute
  }

  function tick(): void {
    now.value = clock.now(Date.now());
    alarm.tick(rows.mine.value, now.value, shared?.leads ?? false);
    const title = writeTitle(rows.mine.value, now.value);
    if (document.title !== title) document.title = title; // writing it costs more than all else a second
    seconds += 1;
    if (seconds % VIEWING_EVERY_SECONDS === 0) showViewing();
    if (seconds % COUNT_AGAIN_SECONDS === 0 && stream.value.live) void rows.count();
    if (seconds % FIGURES_EVERY_SECONDS === 0 && stream.value.live) readFigures();
    if (seconds % 10 === 0) sender.adopt();
  }

  function showViewing(): void {
    if (talk.id.value && stream.value.live && document.visibilityState === "visible") team.look(talk.id.value);
  }

  function saveDraft(ticket: string, text: string): void {
    const params = { params: { path: { handoff_id: ticket } }, body: { text } };
    ask(api.PUT("/v1/handoffs/{handoff_id}/draft", params)).catch(() => undefined); // this machine keeps it too
  }

  function markSeen(): void {
    if (!talk.id.value || document.visibilityState === "hidden") return;
    mentions.see(talk.id.value).catch(() => undefined); // it stays unread, and is told again
    const open = row.value;
    if (!open || (!open.unread && !open.transfer) || !holds.value) return;
    const call = api.POST("/v1/handoffs/{handoff_id}/seen", { params: { path: { handoff_id: open.id } } });
    ask(call).then(talk.take, () => undefined); // whoever could not say so says it at the next line
  }

  // ---- moving about

  function open(id: string): void {
    pane.value = "talk";
    if (talk.id.value === id) return;
    void talk.open(id).then(() => { if (talk.id.value === id) showViewing(); }); // reading it goes before telling of it
    box.load(mayTake.value ? "note" : "reply");
    pictures.load();
    markSeen();
  }

  function move(step: 1 | -1): void {
    const id = neighbour(shownIds.value, talk.id.value, step);
    if (id) open(id);
  }

  function goToLongest(): void {
    const waiting = longestWaiting(rows.mine.value) ?? longestWaiting(rows.sorted.value);
    if (waiting) open(waiting.id);
  }

  function tellLongWait(long: Row[]): void {
    toasts.show(WORDS.toasts.waitedLong(long.length), { label: `${WORDS.toasts.goThere} Alt G`, run: goToLongest });
  }

  function goToMention(): void {
    const [first] = mentions.tickets.value;
    if (first) open(first);
  }

  // ---- working a ticket

  async function next(): Promise<void> {
    const found = await attempt(ask<Detail | undefined>(api.POST("/v1/handoffs/next", { body: {} })));
    if (found === null) return;
    if (found === undefined) toasts.show(WORDS.list.nextNone);
    else arrive(found);
  }

  async function takeFromBot(held: Schemas["ConversationItem"]): Promise<boolean> {
    const { channel, conversation, shop } = held;
    const params = { path: { channel, conversation }, query: { shop } };
    const taken = await attempt(ask(api.POST("/v1/conversations/{channel}/{conversation}/take", { params })));
    if (!taken) return false;
    arrive(taken);
    return true;
  }

  function arrive(detail: Detail): void {
    talk.take(detail);
    showMine();
    open(detail.id);
    box.focus();
  }

  function showMine(): void {
    showsBots.value = false;
    if (rows.view.value !== "mine" || rows.search.value) rows.show("mine");
  }

  async function takeOver(): Promise<void> {
    if (await take()) showMine();
  }

  const askable = computed(() => review.value?.review.verdicts.find((each) => each.terms)?.terms ?? null);
  /** What Y does to the request of the open conversation. */
  const yes = computed<"grant" | "accept" | null>(() => {
    const state = approvals.of(talk.id.value)?.state;
    if (state === "asked" && isLead) return "grant";
    return state === "countered" && mayWork.value ? "accept" : null;
  });

  async function askApproval(): Promise<void> {
    const id = talk.id.value;
    const found = review.value;
    if (!id || !found || !askable.value) return;
    const done = await attempt(approvals.request(id, askable.value, found.text).then(() => true));
    if (!done) return;
    box.clear();
    toasts.show(WORDS.approval.sent);
  }

  async function decide(how: "grant" | "refuse" | "counter" | "accept", money = ""): Promise<void> {
    const approval = approvals.of(talk.id.value);
    if (!approval) return;
    if (how === "counter") await attempt(approvals.counter(approval, money));
    else await attempt(approvals[how](approval));
    talk.refresh();
  }

  function openApproval(ticket: string): void {
    open(ticket);
    pane.value = "brief";
  }

  function goToApproval(): void {
    const first = approvals.asked.value[0];
    if (first) openApproval(first.handoff_id);
  }

  async function resolveAndNext(): Promise<void> {
    if (await change("resolve")) await next();
  }

  function toggleSound(): void {
    bell.muted = !bell.muted;
    muted.value = bell.muted;
    bell.unlock();
  }

  return {
    session, me, isLead, now, stream, begun, pane, dialog, shownIds, bell, muted, rows, talk, team, approvals, todos, figures, attempt, shifts, mentions, goToMention, shop, picked, box, pictures, sender, held, toasts,
    row, holds, mayWork, mayTake, start, stop, open, move, goToLongest, next, change, transfer, snooze, wake, take: takeOver, takeFromBot, showsBots, seesBots, botsTold, refreshing, refreshFacts, resolveAndNext, submit, schedule, sayGoodbye,
    review, askable, yes, askApproval, decide, goToApproval, undo, takeBack, toggleSound, readAll,
  };
}
