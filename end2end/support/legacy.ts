// Other people's chat pages, on one origin with the server under test, as SockJS wants it.
//
// Their scripts come from npm, unchanged. Nothing is fetched from a CDN.

import { createReadStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, type Locator, type Page } from "@playwright/test";

import { Gateway } from "./gateway";
import { LEGACY_PAGES, NODE_MODULES } from "./paths";

const SCRIPTS: Record<string, string> = {
  "jquery.min.js": "jquery/dist/jquery.min.js",
  "sockjs.min.js": "sockjs-client-1.1.2/dist/sockjs.min.js",
  "sockjs-1.1.2.min.js": "sockjs-client-1.1.2/dist/sockjs.min.js",
  "sockjs-1.6.1.min.js": "sockjs-client-1.6.1/dist/sockjs.min.js",
  "stomp.min.js": "stompjs/lib/stomp.min.js",
  "stomp.umd.min.js": "@stomp/stompjs/bundles/stomp.umd.min.js",
};

/** Puts the pages at `/legacy/{page}?room={id}` before the server. */
export async function serveLegacy(upstream: string): Promise<Gateway> {
  return Gateway.start(upstream, {
    own: (ask, answer) => {
      const { pathname, searchParams } = new URL(ask.url ?? "/", "http://host");
      const [, folder, name] = pathname.split("/");
      if (folder !== "legacy") return false;
      if (name in SCRIPTS) {
        answer.writeHead(200, { "content-type": "text/javascript" });
        createReadStream(join(NODE_MODULES, SCRIPTS[name])).pipe(answer);
      } else if (name.endsWith(".html") && existsSync(join(LEGACY_PAGES, name))) {
        const html = readFileSync(join(LEGACY_PAGES, name), "utf8");
        answer.writeHead(200, { "content-type": "text/html; charset=utf-8" });
        answer.end(html.replace('"[[${roomId}]]"', JSON.stringify(searchParams.get("room"))));
      } else {
        answer.writeHead(404).end();
      }
      return true;
    },
  });
}

export class LegacyPage {
  readonly output: Locator;
  readonly receipts: Locator;

  private constructor(readonly page: Page) {
    this.output = page.locator("#chatOutput");
    this.receipts = page.locator("#receipts li");
  }

  /** Opens one of the pages of `legacy/` in this room and waits until it is connected. */
  static async open(
    page: Page,
    name: "notes.html" | "stompjs7.html",
    room: string,
    parameters: Record<string, string> = {},
  ): Promise<LegacyPage> {
    await page.goto(`/legacy/${name}?${new URLSearchParams({ room, ...parameters })}`);
    const legacy = new LegacyPage(page);
    await legacy.expectState("connected");
    return legacy;
  }

  async say(text: string): Promise<void> {
    await this.page.locator("#message").fill(text);
    await this.page.locator("#send").click();
  }

  async expectState(state: string): Promise<void> {
    await expect(this.page.locator("body")).toHaveAttribute("data-state", state);
  }

  /** Everything that the page shows, line by line. */
  async expectLines(lines: string[]): Promise<void> {
    await expect(this.output).toHaveValue(lines.map((line) => `${line}\n`).join(""));
  }
}
