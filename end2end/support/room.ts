// The room page as a visitor sees and works it.

import { expect, type Locator, type Page } from "@playwright/test";

export type Kind = "ENTER" | "TALK" | "LEAVE";
export type State = "connecting" | "connected" | "waiting" | "stopped";

export class RoomPage {
  readonly composer: Locator;
  readonly send: Locator;
  readonly log: Locator;
  readonly rows: Locator;
  readonly pending: Locator;
  readonly connection: Locator;
  readonly reconnect: Locator;
  readonly refusal: Locator;

  constructor(readonly page: Page) {
    this.composer = page.locator("#message");
    this.send = page.locator("#send");
    this.log = page.locator("#chatOutput");
    this.rows = this.log.locator("li[data-seq]");
    this.pending = page.locator("li.pending");
    this.connection = page.locator("#connection");
    this.reconnect = page.locator("#reconnect");
    this.refusal = page.locator("#refusal");
  }

  /** Opens the room and waits until one can talk in it. */
  async open(roomId: string): Promise<this> {
    await this.page.goto(`/rooms/${encodeURIComponent(roomId)}`);
    await this.ready();
    return this;
  }

  /** Waits until the page is awake and its link stands. */
  async ready(): Promise<void> {
    await expect(this.page.locator("body[data-hydrated]")).toBeAttached();
    await this.expectState("connected");
  }

  /** Types it and presses Enter. */
  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** Rows that contain this text; the server's own, not those still on their way. */
  row(text: string): Locator {
    return this.rows.filter({ hasText: text });
  }

  notices(kind: "ENTER" | "LEAVE", sender: string): Locator {
    return this.log.locator(`li[data-kind="${kind}"]`).filter({ hasText: sender });
  }

  async expectSaid(text: string, timeout?: number): Promise<void> {
    await expect(this.row(text)).toHaveCount(1, { timeout });
    await expect(this.row(text)).toBeVisible();
  }

  async expectState(state: State): Promise<void> {
    await expect(this.connection).toHaveAttribute("data-state", state);
  }

  async seqs(): Promise<number[]> {
    return this.rows.evaluateAll((rows) => rows.map((row) => Number((row as HTMLElement).dataset.seq)));
  }

  /** The page shows the room from its first line to line `last`: in order, no hole, no double. */
  async expectWhole(last: number): Promise<void> {
    const all = Array.from({ length: last }, (_, at) => at + 1);
    await expect.poll(() => this.seqs(), { message: "data-seq of the rows" }).toEqual(all);
  }
}
