// A page on sockjs-client, and what a conversation with it has to be like.

import { expect, type Page } from "@playwright/test";

import type { Line, Server } from "./server";
import { Speaker } from "./speaker";

/** The sockjs-client of the notes' time, and the last. */
export const VERSIONS = ["1.1.2", "1.6.1"] as const;

/** Lines that each of the two says. */
const LINES = 100;
/** How long both may take for theirs. */
const TALK_MS = 30_000;

/** What the page keeps in its globals. */
type Globals = {
  heard: Line[];
  sessions: number;
  send(type: string, text: string, padding?: string): void;
};

export type Address = {
  version: (typeof VERSIONS)[number];
  room: string;
  /** All that the client has, if it is to choose by itself. */
  transports?: string;
  /** The site of the chat, if it is not the page's. */
  server?: string;
  /** Whether the page does without STOMP's heart-beats. */
  beats?: "off";
};

export class SockjsPage {
  private constructor(
    readonly page: Page,
    private readonly room: string,
  ) {}

  /** Opens the page of this site and waits until the state is reached. */
  static async open(
    page: Page,
    site: string,
    address: Address,
    state: "connected" | "lost" = "connected",
  ): Promise<SockjsPage> {
    const query = new URLSearchParams({ sender: "철수", ...address });
    await page.goto(`${site}/legacy/sockjs.html?${query}`);
    await expect(page.locator("body")).toHaveAttribute("data-state", state, { timeout: 30_000 });
    return new SockjsPage(page, address.room);
  }

  async expectTransport(name: string): Promise<void> {
    await expect(this.page.locator("body")).toHaveAttribute("data-transport", name);
  }

  /** Says all of them at once, as they come. */
  async say(texts: string[], padding?: string): Promise<void> {
    await this.page.evaluate(
      ([texts, padding]) => {
        const { send } = window as unknown as Globals;
        for (const text of texts) send("TALK", text, padding);
      },
      [texts, padding] as const,
    );
  }

  async heard(): Promise<Line[]> {
    return this.page.evaluate(() => (window as unknown as Globals).heard);
  }

  /** How often the page had to connect until now. */
  async sessions(): Promise<number> {
    return this.page.evaluate(() => (window as unknown as Globals).sessions);
  }

  /** Waits until the page has heard so many lines of the room. */
  async expectHeard(count: number): Promise<void> {
    await expect
      .poll(async () => (await this.heard()).length, { timeout: TALK_MS })
      .toBeGreaterThanOrEqual(count);
  }

  /** What it heard is the room's log from its own coming on: nothing lost, doubled or displaced. */
  async expectWhole(server: Server): Promise<Line[]> {
    const log = await wholeLog(server, this.room);
    const start = log.findIndex((line) => line.type === "ENTER" && line.sender === "철수");
    expect(start).toBeGreaterThanOrEqual(0);
    await this.expectHeard(log.length - start);
    expect(await this.heard()).toEqual(log.slice(start));
    return log;
  }

  /**
   * The conversation: somebody else and the page say a hundred lines each, both at once, and then
   * the page two so long that stomp-websocket cuts them, one of them through an emoji.
   */
  async converse(server: Server): Promise<void> {
    const other = await Speaker.enter(server, this.room, "영희");
    await Promise.all([
      this.say(lines("철수")),
      (async () => {
        for (const line of lines("영희")) await other.say(line);
      })(),
    ]);
    // 2.3.3 cuts a frame at every 16 Ki UTF-16 units; a field that nobody knows moves the cut.
    const long = "🙂".repeat(1_000);
    for (const padding of [15_000, 15_001]) await this.say([long], "x".repeat(padding));

    // With these, both have come in.
    await this.expectHeard(2 * LINES + 4);
    const log = await this.expectWhole(server);
    const said = (sender: string) =>
      log.filter((line) => line.type === "TALK" && line.sender === sender).map((line) => line.message);
    expect(said("철수")).toEqual([...lines("철수"), long, long]);
    expect(said("영희")).toEqual(lines("영희"));
    // And the other one has heard the same.
    await expect.poll(() => other.heard.at(-1)?.seq, { timeout: TALK_MS }).toBe(log.at(-1)?.seq);
    expect(other.heard).toEqual(log.slice(log.findIndex((line) => line.sender === "영희")));
    await other.disconnect();
  }
}

function lines(sender: string): string[] {
  return Array.from({ length: LINES }, (_, at) => `${sender}의 ${at + 1}번째 말 🙂`);
}

/** The room's log, page by page. */
async function wholeLog(server: Server, room: string): Promise<Line[]> {
  const all: Line[] = [];
  for (;;) {
    const page = await server.messages(room, all.at(-1)?.seq ?? 0);
    if (page.length === 0) return all;
    all.push(...page);
  }
}
