import { describe, expect, it, vi } from "vitest";
import { createTodos, isLate, sortTodos, type Todo } from "./todos";

// The API's client asks for the page's address, and for fetch, when it is loaded.
const { answer } = vi.hoisted(() => {
  const answer = vi.fn<(url: string) => unknown>();
  vi.stubGlobal("location", { origin: "http://desk.test" });
  vi.stubGlobal("fetch", (request: Request) => Promise.resolve(Response.json(answer(request.url))));
  return { answer };
});

function aTodo(changed: Partial<Todo> = {}): Todo {
  return {
    id: "t-1~f-1", shop: "demo", channel: "api", conversation: "c-1", handoff_id: "t-1", kind: "follow_up", about: "问问收到没有",
    department: "", agent: "lan", made_by: "lan", made_at: "2026-06-18T02:00:00Z", due_at: "2026-06-18T08:00:00Z", late: false,
    state: "open", result: "", ended_by: null, ended_at: null, ...changed,
  };
}

describe("follow-ups and tasks", () => {
  it("stand by when they are due", () => {
    const first = aTodo({ id: "a", due_at: "2026-06-18T07:00:00Z" });
    expect(sortTodos([aTodo(), first]).map((todo) => todo.id)).toEqual(["a", "t-1~f-1"]);
  });

  it("are read to the last page", async () => {
    answer.mockImplementation((url) => (url.includes("cursor=c1") ? { items: [aTodo({ id: "b" })], next: null } : { items: [aTodo({ id: "a" })], next: "c1" }));
    const todos = createTodos("lan", false, { due: vi.fn(), done: vi.fn() });
    await todos.load();
    expect(todos.sorted.value.map((todo) => todo.id)).toEqual(["a", "b"]);
    expect(answer).toHaveBeenCalledTimes(2);
    expect(answer.mock.calls[0]?.[0]).not.toContain("cursor");
  });

  it("are late once their time is over, and never when they have ended", () => {
    const due = Date.parse("2026-06-18T08:00:00Z");
    expect(isLate(aTodo(), due - 1)).toBe(false);
    expect(isLate(aTodo(), due)).toBe(true);
    expect(isLate(aTodo({ state: "done" }), due)).toBe(false);
  });

  it("ring at whose they are, and at nobody else", () => {
    const listener = { due: vi.fn(), done: vi.fn() };
    const todos = createTodos("lan", false, listener);
    todos.hear({ change: "todo.due", todo: aTodo({ agent: "qing" }) });
    todos.hear({ change: "todo.due", todo: aTodo() });
    expect(listener.due).toHaveBeenCalledTimes(1);
    expect(todos.of("t-1").map((todo) => todo.agent)).toEqual(["lan"]);
  });

  it("ring at supervisors when they are nobody's", () => {
    const [lan, zhu] = [{ due: vi.fn(), done: vi.fn() }, { due: vi.fn(), done: vi.fn() }];
    for (const todo of [aTodo({ agent: "" }), aTodo({ agent: "qing" })]) {
      createTodos("lan", false, lan).hear({ change: "todo.due", todo });
      createTodos("zhu", true, zhu).hear({ change: "todo.due", todo });
    }
    expect(lan.due).not.toHaveBeenCalled();
    expect(zhu.due).toHaveBeenCalledTimes(1);
  });

  it("tell who gave a task that another has done it, and leave the list", () => {
    const listener = { due: vi.fn(), done: vi.fn() };
    const todos = createTodos("lan", false, listener);
    const task = aTodo({ kind: "task", department: "仓库" });
    todos.hear({ change: "todo.opened", todo: task });
    todos.hear({ change: "todo.done", todo: { ...task, state: "done", ended_by: "lan" } });
    todos.hear({ change: "todo.done", todo: { ...task, state: "done", ended_by: "qing", result: "已补发" } });
    expect(listener.done).toHaveBeenCalledTimes(1);
    expect(todos.sorted.value).toEqual([]);
  });
});
