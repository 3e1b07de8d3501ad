import { expect, it, vi } from "vitest";
import { formatScore, formatSeconds, formatShare } from "./figures";

// The API's client asks for the page's address when it is loaded.
vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://desk.test" });
});

it("writes figures as people read them, and a dash where there are none", () => {
  expect([formatShare(0.978), formatSeconds(38), formatSeconds(125), formatScore(4.58)]).toEqual(["97.8%", "0:38", "2:05", "4.6"]);
  expect([formatShare(null), formatSeconds(null), formatScore(null)]).toEqual(["–", "–", "–"]);
});
