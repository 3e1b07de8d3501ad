// What comes close together is shown together: lists are drawn a few times a second, however busy the shop is.

export class Together<Told> {
  private waiting: Told[] = [];
  private resting = 0;

  constructor(
    private readonly show: (told: Told) => void,
    private readonly everyMs: number,
  ) {}

  /** Shown at once if nothing was for a while, or if it may not wait, with all that came before it. */
  hear(told: Told, mayWait: boolean): void {
    this.waiting.push(told);
    if (!mayWait || !this.resting) this.flush();
  }

  /** Show what waits. */
  flush(): void {
    const told = this.waiting;
    this.waiting = [];
    told.forEach(this.show);
    if (!told.length || this.resting) return;
    this.resting = window.setTimeout(() => {
      this.resting = 0;
      this.flush();
    }, this.everyMs);
  }
}
