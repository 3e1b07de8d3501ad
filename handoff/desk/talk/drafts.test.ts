import { expect, test } from "vitest";
import { Drafts } from "./drafts";

class Memory {
  private readonly kept = new Map<string, string>();
  get length(): number {
    return this.kept.size;
  }
  key = (place: number) => [...this.kept.keys()][place] ?? null;
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
  removeItem = (key: string) => void this.kept.delete(key);
}

test("a draft outlives the page, and is one agent's, one ticket's and one kind's", () => {
  const storage = new Memory();
  new Drafts(storage, "lan").write("t-1", "reply", "亲，稍等");
  const later = new Drafts(storage, "lan");
  expect(later.read("t-1")).toBe("亲，稍等");
  expect([later.read("t-1", "note"), later.read("t-2"), new Drafts(storage, "qing").read("t-1")]).toEqual(["", "", ""]);
  expect([...later.list()]).toEqual([["t-1", "亲，稍等"]]);
});

test("an emptied box is no draft", () => {
  const drafts = new Drafts(new Memory(), "lan");
  drafts.write("t-1", "reply", "亲");
  drafts.write("t-1", "reply", "");
  expect(drafts.list().size).toBe(0);
});

test("what comes back stands before what was typed since", () => {
  const drafts = new Drafts(new Memory(), "lan");
  drafts.write("t-1", "reply", "还有");
  expect(drafts.giveBack("t-1", "亲，96 元")).toBe("亲，96 元\n还有");
  expect(drafts.read("t-1")).toBe("亲，96 元\n还有");
  expect(drafts.giveBack("t-2", "亲")).toBe("亲");
});

test("drafts of long ago go, and a broken one breaks nothing", () => {
  const storage = new Memory();
  new Drafts(storage, "lan", () => 0).write("t-1", "reply", "亲");
  storage.setItem("xiaoer.draft.lan.t-2.reply", "{");
  expect(new Drafts(storage, "lan").list().size).toBe(0);
  expect(storage.length).toBe(0);
});
