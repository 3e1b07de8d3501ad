// One live stream a browser: the tab that holds the lock reads it and hands everything to the others by a channel.

export interface Told {
  name: string;
  data: string;
}

/** Whether the stream is live, or since when (ms) it is not. */
export type StreamState = { live: true } | { live: false; since: number };

export interface StreamListener {
  onTold: (told: Told) => void;
  /** Also called when another tab takes over: whoever shows something reads it again when it becomes live. */
  onState: (state: StreamState) => void;
  onSignedOut: () => void;
}

type Shared =
  | { kind: "told"; told: Told }
  | { kind: "state"; state: StreamState }
  | { kind: "signed-out" }
  | { kind: "ask" };

const NAME = "xiaoer-events";
const SILENCE_MS = 22_000; // the service says something every 15 seconds
const RETRY_MS = 500;
const LONGEST_RETRY_MS = 5_000;
const UNAUTHENTICATED = 401;

/** Reads server-sent events out of pieces of text. */
export class EventParser {
  private rest = "";

  push(piece: string): Told[] {
    const blocks = (this.rest + piece).split("\n\n");
    this.rest = blocks.pop() ?? "";
    return blocks.map(parseBlock).filter((told) => told !== null);
  }
}

function parseBlock(block: string): Told | null {
  let name = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
  }
  return data.length ? { name, data: data.join("\n") } : null;
}

/** The time until the next try: longer after each failure, and never the same for all desks. */
export function retryDelay(failures: number, draw: () => number): number {
  return Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** Math.min(failures, 5)) * (0.5 + draw());
}

export class SharedStream {
  private readonly channel = new BroadcastChannel(NAME);
  private readonly stopping = new AbortController();
  private state: StreamState = { live: false, since: Date.now() };
  private leading = false;

  constructor(
    private readonly url: string,
    private readonly listener: StreamListener,
  ) {
    this.channel.onmessage = (message: MessageEvent<Shared>) => {
      this.hear(message.data);
    };
    this.post({ kind: "ask" });
    void this.waitForLead();
  }

  /** Whether this tab reads the stream itself: what should happen once a browser happens here. */
  get leads(): boolean {
    return this.leading;
  }

  stop(): void {
    this.stopping.abort();
    this.channel.close();
  }

  private post(shared: Shared): void {
    if (!this.stopping.signal.aborted) this.channel.postMessage(shared);
  }

  private hear(shared: Shared): void {
    if (shared.kind === "ask") {
      if (this.leading) this.post({ kind: "state", state: this.state });
    } else if (!this.leading) {
      this.take(shared);
    }
  }

  private take(shared: Exclude<Shared, { kind: "ask" }>): void {
    if (shared.kind === "told") this.listener.onTold(shared.told);
    else if (shared.kind === "state") this.listener.onState((this.state = shared.state));
    else this.listener.onSignedOut();
  }

  private tell(shared: Exclude<Shared, { kind: "ask" }>): void {
    this.post(shared);
    this.take(shared);
  }

  private async waitForLead(): Promise<void> {
    const { signal } = this.stopping;
    try {
      await navigator.locks.request(NAME, { signal }, () => this.lead());
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  private async lead(): Promise<void> {
    this.leading = true;
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      try {
        await this.listen(() => (failures = 0));
      } catch {
        failures += 1;
      }
      if (this.state.live) this.tell({ kind: "state", state: { live: false, since: Date.now() } });
      await this.pause(retryDelay(failures, Math.random));
    }
  }

  /** Until the stream ends, breaks or falls silent. */
  private async listen(begun: () => void): Promise<void> {
    const breaking = new AbortController();
    const stop = () => {
      breaking.abort();
    };
    this.stopping.signal.addEventListener("abort", stop, { once: true });
    let silence = window.setTimeout(stop, SILENCE_MS);
    try {
      const headers = { accept: "text/event-stream" };
      const response = await fetch(this.url, { headers, signal: breaking.signal, cache: "no-store" });
      if (response.status === UNAUTHENTICATED) this.tell({ kind: "signed-out" });
      if (!response.ok || !response.body) throw new Error(`the stream answered ${response.status}`);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new EventParser();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        window.clearTimeout(silence);
        silence = window.setTimeout(stop, SILENCE_MS);
        for (const told of parser.push(value)) {
          if (told.name === "hello") {
            begun();
            this.tell({ kind: "told", told });
            this.tell({ kind: "state", state: { live: true } });
          } else this.tell({ kind: "told", told });
        }
      }
    } finally {
      window.clearTimeout(silence);
      this.stopping.signal.removeEventListener("abort", stop);
    }
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      window.setTimeout(resolve, milliseconds);
      this.stopping.signal.addEventListener("abort", () => {
        resolve();
      });
    });
  }
}
