import { expect, test } from "vitest";
import { findFault, KeptPictures, LARGEST } from "./pictures";

test("a file that cannot be sent is told before it is uploaded", () => {
  expect(findFault({ type: "image/png", size: LARGEST })).toBe("");
  expect(findFault({ type: "image/png", size: LARGEST + 200_000 })).toContain("5 MB");
  expect(findFault({ type: "image/svg+xml", size: 10 })).toContain("JPG");
  expect(findFault({ type: "application/pdf", size: 10 })).not.toBe("");
});

test("pictures that were not sent outlive the page, and are one agent's and one ticket's", () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  new KeptPictures(storage, "lan").write("t-1", ["/media/1.png"]);
  const later = new KeptPictures(storage, "lan");
  expect([later.read("t-1"), later.read("t-2"), new KeptPictures(storage, "qing").read("t-1")]).toEqual([["/media/1.png"], [], []]);
  later.write("t-1", []);
  expect(kept.size).toBe(0);
});
