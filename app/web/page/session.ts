// Sign-in of this browser: by a one-time code in the address's fragment, or by a token that is shown once and kept nowhere.
import { api, ask, Failure, type Schemas } from "./api";

export type Session = Schemas["SessionView"];

/** Who is signed in, after using the address's code if there is one; null when nobody is. */
export async function findSession(): Promise<Session | null> {
  const code = takeCode();
  if (code) await signIn({ code });
  try {
    return await ask(api.GET("/v1/session"));
  } catch (failure) {
    if (failure instanceof Failure && failure.status === 401) return null;
    throw failure;
  }
}

export async function signIn(shown: { token: string } | { code: string }): Promise<void> {
  await ask(api.POST("/v1/session", { body: shown }));
}

export async function signOut(): Promise<void> {
  await ask(api.DELETE("/v1/session"));
}

/** The code of `#code=…`, which is taken out of the address: it works once. */
function takeCode(): string {
  const code = new URLSearchParams(location.hash.slice(1)).get("code") ?? "";
  if (code) history.replaceState(null, "", location.pathname + location.search);
  return code;
}
