import { describe, expect, it, vi } from "vitest";
import { defaultDue, localValue } from "./due";
import { daysBegin, formatDay, formatScore, formatSeconds, formatShare } from "./figures";

// The API's client asks for the page's address when it is loaded.
vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://desk.test" });
});

describe("figures", () => {
  it("begin at the midnight of the first day", () => {
    const now = new Date(2026, 5, 18, 15, 20);
    expect(daysBegin(now, 1)).toEqual(new Date(2026, 5, 18));
    expect(daysBegin(now, 7)).toEqual(new Date(2026, 5, 12));
  });

  it("name each day by the calendar on the wall, whatever zone its begin is told in", () => {
    const now = new Date(2026, 5, 18, 15, 20);
    expect(formatDay(daysBegin(now, 1).toISOString())).toBe("06-18");
    expect(formatDay(daysBegin(now, 18).toISOString())).toBe("06-01");
  });

  it("are written as people read them, and as a dash where there are none", () => {
    expect([formatShare(0.978), formatSeconds(38), formatSeconds(125), formatScore(4.58)]).toEqual(["97.8%", "0:38", "2:05", "4.6"]);
    expect([formatShare(null), formatSeconds(null), formatScore(null)]).toEqual(["–", "–", "–"]);
  });
});

describe("a follow-up", () => {
  it("is due tomorrow morning unless somebody says otherwise", () => {
    expect(localValue(defaultDue(new Date(2026, 11, 31, 22, 5)))).toBe("2027-01-01T10:00");
  });
});
