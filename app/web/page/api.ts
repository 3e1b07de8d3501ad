// Our own API, by the types of its OpenAPI document. Every refusal is a Failure that says in Chinese what is wrong.
import createClient from "openapi-fetch";
import type { components, paths } from "./types";

export type Schemas = components["schemas"];
export type Line = Schemas["BriefLine"];

export const api = createClient<paths>({ baseUrl: location.origin });

const OFFLINE = "连不上服务，请检查网络";

/** Why a call came to nothing; `status` is 0 where nobody answered. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly slug: string,
    detail: string,
    readonly lines: Line[] = [],
  ) {
    super(detail);
  }

  /** Whether the same call may succeed later without anybody changing it. */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status === 502 || this.status === 503;
  }
}

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What a call brings; throws Failure. */
export async function ask<T>(call: Promise<Answered<T>>): Promise<T> {
  let answered: Answered<T>;
  try {
    answered = await call;
  } catch {
    throw new Failure(0, "offline", OFFLINE);
  }
  if (answered.response.ok) return answered.data as T;
  throw readProblem(answered.response.status, answered.error);
}

function readProblem(status: number, error: unknown): Failure {
  if (typeof error !== "object" || error === null || !("detail" in error)) {
    return new Failure(status, "unreadable", `服务答了 ${status}`);
  }
  const problem = error as Schemas["Problem"];
  const slug = problem.type.split(":").pop() ?? "";
  return new Failure(status, slug, problem.detail, problem.lines ?? []);
}
