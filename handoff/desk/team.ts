// Colleagues: who is there, how much each has in hand, and who is at which conversation.
import { computed, ref, shallowReactive } from "vue";
import { api, ask, Failure, type Schemas } from "../../app/web/page/api";

export type Colleague = Schemas["AgentView"];
export type Status = Schemas["AgentStatus"];
type Doing = Schemas["Doing"];

const TYPING_EVERY_MS = 3_000;
export const VIEWING_EVERY_SECONDS = 5;

export function createTeam(me: string) {
  const agents = shallowReactive(new Map<string, Colleague>());
  const present = shallowReactive(new Map<string, Schemas["PresentView"][]>());
  const status = ref<Status>("online");
  let typedAt = 0;
  let viewed: string | null = null;

  const others = computed(() => [...agents.values()].filter((each) => each.id !== me));
  const reachable = computed(() => others.value.filter((each) => each.status === "online"));

  function put(agent: Colleague): void {
    agents.set(agent.id, agent);
    if (agent.id === me) status.value = agent.status;
  }

  async function load(): Promise<void> {
    const page = await ask(api.GET("/v1/agents"));
    agents.clear();
    present.clear();
    page.items.forEach(put);
  }

  /** The ids of what is still in hand where going offline asks what to do with it; empty when it is done. */
  async function setStatus(wanted: Status, release = false): Promise<string[]> {
    try {
      put(await ask(api.PUT("/v1/agents/me", { body: { status: wanted, release } })));
      return [];
    } catch (error) {
      if (error instanceof Failure && error.slug === "open-tickets") return error.problem.handoffs ?? [];
      throw error;
    }
  }

  async function setCapacity(capacity: number): Promise<void> {
    put(await ask(api.PUT("/v1/agents/me", { body: { capacity, release: false } })));
  }

  function nameOf(id: string | null | undefined): string {
    return id ? agents.get(id)?.name || id : "";
  }

  function noteAt(event: Schemas["PresenceEvent"]): void {
    present.set(event.id, event.people);
  }

  /** The colleagues at a conversation, without ourselves. */
  function whoIsAt(ticket: string): Schemas["PresentView"][] {
    return (present.get(ticket) ?? []).filter((each) => each.agent !== me);
  }

  /** Tells colleagues what we do; nobody misses it when it does not arrive. */
  function show(ticket: string, doing: Doing): void {
    const params = { params: { path: { handoff_id: ticket } }, body: { doing } };
    ask(api.POST("/v1/handoffs/{handoff_id}/presence", params)).catch(() => undefined);
  }

  /** Colleagues hear whose conversation is looked at, and that the one before is not any more. */
  function look(ticket: string): void {
    if (viewed !== null && viewed !== ticket) show(viewed, "left");
    viewed = ticket;
    show(ticket, "viewing");
  }

  function showTyping(ticket: string): void {
    if (Date.now() - typedAt < TYPING_EVERY_MS) return;
    typedAt = Date.now();
    show(ticket, "typing");
  }

  return { agents, status, others, reachable, put, load, setStatus, setCapacity, nameOf, noteAt, whoIsAt, look, showTyping };
}
