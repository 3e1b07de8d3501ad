import { describe, expect, it, vi } from "vitest";
import { replaceMoney } from "./approvals";

// The API's client asks for the page's address when it is loaded.
vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://desk.test" });
});

describe("a counter offer's sentence", () => {
  it("has the other money in the one place where the asked one stands", () => {
    expect(replaceMoney("亲，订单 202609600961 给您 96.00 元", "96", "98")).toBe("亲，订单 202609600961 给您 98 元");
  });

  it("is nobody's guess where that money stands nowhere, twice or in something else", () => {
    expect(["亲，给您留着", "96元，就96元", "196元，货号M96，9.96折"].map((text) => replaceMoney(text, "96", "98"))).toEqual([null, null, null]);
  });
});
