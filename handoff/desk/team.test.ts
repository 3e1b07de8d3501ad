import { expect, test, vi } from "vitest";
import { createTeam } from "./team";

// The API's client asks for the page's address, and for fetch, when it is loaded.
const { answer } = vi.hoisted(() => {
  const told = vi.fn<(request: Request) => Promise<Response>>();
  vi.stubGlobal("location", { origin: "http://desk.test" });
  vi.stubGlobal("fetch", told);
  return { answer: told };
});

test("who looks at another conversation has left the one before", async () => {
  const told: string[] = [];
  answer.mockImplementation(async (request) => {
    const { doing } = (await request.json()) as { doing: string };
    told.push(`${new URL(request.url).pathname.split("/")[3] ?? ""} ${doing}`);
    return new Response(null, { status: 204 });
  });
  const team = createTeam("lan");
  for (const ticket of ["t-1", "t-1", "t-2"]) team.look(ticket);
  await vi.waitFor(() => {
    expect(told).toHaveLength(4);
  });
  expect(told.sort()).toEqual(["t-1 left", "t-1 viewing", "t-1 viewing", "t-2 viewing"]);
});
