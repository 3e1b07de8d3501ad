// Follow-ups and tasks: those that are open, and what becomes of them.
import { computed, shallowReactive } from "vue";
import { api, ask, type Schemas } from "../../../app/web/page/api";

export type Todo = Schemas["TodoItem"];
type NewTodo = Schemas["TodoBody"];

const MOST_A_PAGE = 100;

export interface TodoListener {
  /** A follow-up of mine rings, or a task I gave is late; at supervisors also what is nobody's. */
  due: (todo: Todo) => void;
  /** A task I gave is done. */
  done: (todo: Todo) => void;
}

export function createTodos(me: string, isLead: boolean, listener: TodoListener) {
  const open = shallowReactive(new Map<string, Todo>());
  const sorted = computed(() => sortTodos([...open.values()]));

  function put(todo: Todo): void {
    if (todo.state === "open") open.set(todo.id, todo);
    else open.delete(todo.id);
  }

  async function load(): Promise<void> {
    const found: Todo[] = [];
    let cursor: string | null = null;
    do {
      const query = { state: ["open" as const], limit: MOST_A_PAGE, cursor };
      const page: Schemas["TodoList"] = await ask(api.GET("/v1/todos", { params: { query } }));
      found.push(...page.items);
      cursor = page.next;
    } while (cursor);
    open.clear();
    found.forEach(put);
  }

  function hear(event: Schemas["TodoEvent"]): void {
    const todo = event.todo;
    put(todo);
    const mine = todo.agent === me;
    if (event.change === "todo.due" && (mine || (isLead && !todo.agent))) listener.due(todo);
    else if (mine && event.change === "todo.done" && todo.ended_by !== me) listener.done(todo);
  }

  function of(ticket: string | null): Todo[] {
    return sorted.value.filter((todo) => todo.handoff_id === ticket);
  }

  async function add(ticket: string, wanted: Omit<NewTodo, "id">): Promise<void> {
    const body = { ...wanted, id: crypto.randomUUID() };
    put(await ask(api.POST("/v1/handoffs/{handoff_id}/todos", { params: { path: { handoff_id: ticket } }, body })));
  }

  async function end(todo: Todo, how: "done" | "cancel", result: string): Promise<void> {
    const parts = { params: { path: { todo_id: todo.id } }, body: { result } };
    put(await ask(how === "done" ? api.POST("/v1/todos/{todo_id}/done", parts) : api.POST("/v1/todos/{todo_id}/cancel", parts)));
  }

  async function move(todo: Todo, due: Date): Promise<void> {
    const parts = { params: { path: { todo_id: todo.id } }, body: { due_at: due.toISOString() } };
    put(await ask(api.POST("/v1/todos/{todo_id}/move", parts)));
  }

  async function departments(shop: string): Promise<string[]> {
    return (await ask(api.GET("/v1/shops/{shop}/departments", { params: { path: { shop } } }))).departments;
  }

  return { sorted, load, hear, of, add, end, move, departments };
}

/** The first due first. */
export function sortTodos(todos: Todo[]): Todo[] {
  return [...todos].sort((one, other) => Date.parse(one.due_at) - Date.parse(other.due_at) || one.id.localeCompare(other.id));
}

/** Whether its time is over, by our own clock: no event says so to the second. */
export function isLate(todo: Todo, now: number): boolean {
  return todo.state === "open" && Date.parse(todo.due_at) <= now;
}
