// Three tones, made here: no file is fetched. Browsers allow sound after the first click or key.

export type Tone = "queue" | "buyer" | "late";

/** Frequencies in hertz, one after the other. */
const NOTES: Record<Tone, number[]> = { queue: [660, 880], buyer: [880], late: [990, 740, 990] };
const NOTE_SECONDS = 0.16;
const LOUDNESS = 0.25;
const KEY = "xiaoer.sound";

export class Bell {
  private context: AudioContext | null = null;

  get muted(): boolean {
    return localStorage.getItem(KEY) === "off";
  }

  set muted(muted: boolean) {
    localStorage.setItem(KEY, muted ? "off" : "on");
  }

  /** To be called at a click or key. */
  unlock(): void {
    this.context ??= new AudioContext();
    if (this.context.state === "suspended") void this.context.resume();
  }

  play(tone: Tone): void {
    const { context } = this;
    if (this.muted || context?.state !== "running") return;
    NOTES[tone].forEach((frequency, place) => {
      const start = context.currentTime + place * NOTE_SECONDS;
      const gain = new GainNode(context, { gain: 0 });
      gain.gain.setTargetAtTime(LOUDNESS, start, 0.01);
      gain.gain.setTargetAtTime(0, start + NOTE_SECONDS * 0.6, 0.03);
      const note = new OscillatorNode(context, { frequency, type: "sine" });
      note.connect(gain).connect(context.destination);
      note.start(start);
      note.stop(start + NOTE_SECONDS * 2);
    });
  }
}
