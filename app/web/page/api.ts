// Our own API, by the types of its OpenAPI document. Every refusal is a Failure that says in Chinese what is wrong.
import createClient from "openapi-fetch";
import type { components, paths } from "./types";

export type Schemas = components["schemas"];

export const api = createClient<paths>({ baseUrl: location.origin });

const OFFLINE = "连不上服务，请检查网络";
const PASSING = new Set([0, 429, 502, 503, 504]);

/** Why a call came to nothing; `status` is 0 where nobody answered. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly slug: string,
    detail: string,
    readonly problem: Partial<Schemas["Problem"]> = {},
  ) {
    super(detail);
  }

  /** Whether the same call may succeed later without anybody changing it. */
  get passes(): boolean {
    return PASSING.has(this.status);
  }
}

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

type Listener = (failure: Failure) => void;
let refused: Listener = () => undefined;

/** `listener` hears of every call that was refused because nobody is signed in. */
export function onSignedOut(listener: Listener): void {
  refused = listener;
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
  const failure = readProblem(answered.response.status, answered.error);
  if (failure.status === 401) refused(failure);
  throw failure;
}

/** The sentence of whatever was thrown. */
export function sentenceOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}

function readProblem(status: number, error: unknown): Failure {
  if (typeof error !== "object" || error === null || !("detail" in error)) {
    return new Failure(status, "unreadable", `服务答了 ${status}`);
  }
  const problem = error as Schemas["Problem"];
  return new Failure(status, problem.type.split(":").pop() ?? "", problem.detail, problem);
}
