// Requests for a price or amends that wait for a supervisor's yes.
import { computed, shallowReactive } from "vue";
import { api, ask, type Schemas } from "../../../app/web/page/api";
import { WORDS } from "../words";

export type Approval = Schemas["ApprovalItem"];
type Terms = Schemas["AskBody"]["terms"];

const MOST = 100;

export interface ApprovalListener {
  /** Somebody asks: supervisors are rung. */
  asked: (approval: Approval) => void;
  /** It ended without the buyer hearing of it: the sentence goes back to whoever wrote it. */
  declined: (approval: Approval) => void;
  granted: (approval: Approval) => void;
}

export function createApprovals(listener: ApprovalListener) {
  const open = shallowReactive(new Map<string, Approval>());
  const asked = computed(() => [...open.values()].filter((each) => each.state === "asked"));

  function put(approval: Approval): void {
    if (approval.state === "asked" || approval.state === "countered") open.set(approval.id, approval);
    else open.delete(approval.id);
  }

  async function load(): Promise<void> {
    const query = { state: ["asked" as const, "countered" as const], limit: MOST };
    const page = await ask(api.GET("/v1/approvals", { params: { query } }));
    open.clear();
    page.items.forEach(put);
  }

  function hear(event: Schemas["ApprovalEvent"]): void {
    const told = event.approval;
    put(told);
    if (event.change === "approval.asked") {
      listener.asked(told);
      load().catch(() => undefined); // a stream does not say what the shop would allow
    } else if (told.state === "refused" || told.state === "expired") listener.declined(told);
    else if (told.state === "granted") listener.granted(told);
  }

  function of(ticket: string | null): Approval | null {
    return [...open.values()].find((each) => each.handoff_id === ticket) ?? null;
  }

  async function request(ticket: string, terms: Terms, text: string): Promise<void> {
    const body = { id: crypto.randomUUID(), terms, text };
    put(await ask(api.POST("/v1/handoffs/{handoff_id}/approvals", { params: { path: { handoff_id: ticket } }, body })));
  }

  async function grant(approval: Approval): Promise<void> {
    put(await ask(api.POST("/v1/approvals/{approval_id}/grant", { params: pathOf(approval), body: {} })));
  }

  async function refuse(approval: Approval): Promise<void> {
    put(await ask(api.POST("/v1/approvals/{approval_id}/refuse", { params: pathOf(approval), body: {} })));
  }

  /** Offers other money for the same; its sentence is the asked one with that money in it, which has to stand there once. */
  async function counter(approval: Approval, money: string): Promise<void> {
    const terms = withMoney(approval.terms, money);
    const text = replaceMoney(approval.text, moneyOf(approval.terms), money);
    if (text === null) throw new Error(WORDS.approval.notOnce(moneyOf(approval.terms)));
    put(await ask(api.POST("/v1/approvals/{approval_id}/counter", { params: pathOf(approval), body: { terms, text } })));
  }

  async function accept(approval: Approval): Promise<void> {
    put(await ask(api.POST("/v1/approvals/{approval_id}/accept", { params: pathOf(approval), body: {} })));
  }

  return { asked, load, hear, of, request, grant, refuse, counter, accept };
}

/** The money of terms, in yuan. */
export function moneyOf(terms: Approval["terms"]): string {
  return String(terms.kind === "price" ? terms.total : (terms.amount ?? 0));
}

/** The sentence with the one number in it that is the money replaced; null unless there is exactly one. */
export function replaceMoney(text: string, before: string, after: string): string | null {
  const places = [...text.matchAll(/(?<![A-Za-z\d.])\d+(?:\.\d+)?(?![A-Za-z\d])/g)].filter((found) => Number(found[0]) === Number(before));
  const [place] = places;
  if (!place || places.length > 1) return null;
  return text.slice(0, place.index) + after + text.slice(place.index + place[0].length);
}

function withMoney(terms: Approval["terms"], money: string): Terms {
  return terms.kind === "price" ? { ...terms, total: money } : { ...terms, amount: money };
}

function pathOf(approval: Approval) {
  return { path: { approval_id: approval.id } };
}
