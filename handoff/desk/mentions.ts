// Notes that name the agent: what is unread, until its conversation is looked at.
import { computed, shallowReactive } from "vue";
import { api, ask, type Schemas } from "../../app/web/page/api";

export type Mention = Schemas["MentionItem"];

const MOST = 100;

/** `named` hears of each that comes while the desk is open. */
export function createMentions(named: (mention: Mention) => void) {
  const unread = shallowReactive(new Map<string, Mention>());
  /** The conversations with one, the first named first. */
  const tickets = computed(() => {
    const inOrder = [...unread.values()].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
    return [...new Set(inOrder.map((each) => each.handoff_id))];
  });

  async function load(): Promise<void> {
    const page = await ask(api.GET("/v1/mentions", { params: { query: { unread: true, limit: MOST } } }));
    unread.clear();
    for (const each of page.items) unread.set(each.id, each);
  }

  function hear(event: Schemas["MentionEvent"]): void {
    const { mention } = event;
    if (mention.seen_at) unread.delete(mention.id);
    else if (!unread.has(mention.id)) {
      unread.set(mention.id, mention);
      named(mention);
    }
  }

  /** The agent looks at this conversation. */
  async function see(ticket: string): Promise<void> {
    if (!tickets.value.includes(ticket)) return;
    await ask(api.POST("/v1/handoffs/{handoff_id}/mentions/seen", { params: { path: { handoff_id: ticket } } }));
    for (const each of unread.values()) if (each.handoff_id === ticket) unread.delete(each.id);
  }

  return { tickets, load, hear, see };
}
