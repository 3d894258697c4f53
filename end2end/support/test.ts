// `test` with a server of its own for every test, and people to talk to.

import { test as base, type BrowserContext, type BrowserContextOptions, type Page } from "@playwright/test";

import { RoomPage } from "./room";
import { freePort, Server } from "./server";
import { serveTrunk } from "./trunk";

export { expect } from "@playwright/test";

export type Options = {
  /** Which build the pages come from: the binary's own, or Trunk's with the binary behind it. */
  build: "hydrate" | "csr";
  /** Whether the server must be able to come back at the same address. */
  restartable: boolean;
  /** Whether the server speaks STOMP on a TCP port as well. */
  stomp: boolean;
  /** Flags for the server. */
  flags: string[];
  /** What pages may complain of, where it is no fault of ours. */
  tolerated: RegExp | undefined;
  /** The PostgreSQL server that keeps the log, if it is not SQLite. */
  postgres: string | undefined;
};

type Fixtures = {
  server: Server;
  /** A browser of somebody's own, who is known by `nickname` if one is given. */
  visitor: (nickname?: string, options?: BrowserContextOptions) => Promise<Page>;
  /** The same, already in a room. */
  person: (nickname: string, roomId: string, options?: BrowserContextOptions) => Promise<RoomPage>;
};

export const test = base.extend<Options & Fixtures>({
  build: ["hydrate", { option: true }],
  restartable: [false, { option: true }],
  stomp: [false, { option: true }],
  flags: [[], { option: true }],
  tolerated: [undefined, { option: true }],
  postgres: [undefined, { option: true }],

  server: async ({ restartable, stomp, flags, postgres }, use, info) => {
    const port = restartable ? await freePort(info.parallelIndex) : 0;
    const server = await Server.start({ port, stomp, flags, postgres });
    await use(server);
    if (info.status !== info.expectedStatus) {
      await info.attach("server", { body: server.output, contentType: "text/plain" });
    }
    await server.close();
  },

  baseURL: async ({ build, server }, use) => {
    if (build === "hydrate") {
      await use(server.url);
      return;
    }
    const host = await serveTrunk(server.url);
    await use(host.url);
    await host.close();
  },

  visitor: async ({ browser, baseURL, tolerated }, use) => {
    const contexts: BrowserContext[] = [];
    const complaints: string[] = [];
    await use(async (nickname, options = {}) => {
      const context = await browser.newContext({
        ...options,
        ...(nickname === undefined ? {} : { storageState: known(baseURL, nickname) }),
      });
      contexts.push(context);
      listen(context, complaints);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
    const ours = complaints.filter((complaint) => !tolerated?.test(complaint));
    base.expect(ours, "what browsers complained of").toEqual([]);
  },

  person: async ({ visitor }, use) => {
    await use(async (nickname, roomId, options) => {
      return new RoomPage(await visitor(nickname, options)).open(roomId);
    });
  },
});

/**
 * Notes what goes wrong in a page: a panic, a page that does not hydrate as it was rendered, a
 * refused script. A server that cannot be reached is no fault of the page.
 */
function listen(context: BrowserContext, complaints: string[]) {
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() !== "error") return;
    if (!/net::ERR_|WebSocket connection to|Failed to load resource/.test(message.text())) {
      complaints.push(message.text());
    }
  });
}

/** The storage of somebody who has been here before. */
function known(origin: string | undefined, nickname: string) {
  if (!origin) throw new Error("there is no server to be known at");
  return {
    cookies: [],
    origins: [{ origin, localStorage: [{ name: "wschat.sender", value: nickname }] }],
  };
}
