// `test` with a server of its own for every test, and people to talk to.

import { test as base, type BrowserContextOptions, type Page } from "@playwright/test";

import { RoomPage } from "./room";
import { freePort, Server } from "./server";
import { serveTrunk } from "./trunk";

export { expect } from "@playwright/test";

export type Options = {
  /** Which build the pages come from: the binary's own, or Trunk's with the binary behind it. */
  build: "hydrate" | "csr";
  /** Whether the server must be able to come back at the same address. */
  restartable: boolean;
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

  server: async ({ restartable }, use, info) => {
    const server = await Server.start(restartable ? await freePort(info.parallelIndex) : 0);
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

  visitor: async ({ browser, baseURL }, use) => {
    const contexts: Awaited<ReturnType<typeof browser.newContext>>[] = [];
    await use(async (nickname, options = {}) => {
      const context = await browser.newContext({
        ...options,
        ...(nickname === undefined ? {} : { storageState: known(baseURL, nickname) }),
      });
      contexts.push(context);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },

  person: async ({ visitor }, use) => {
    await use(async (nickname, roomId, options) => {
      return new RoomPage(await visitor(nickname, options)).open(roomId);
    });
  },
});

/** The storage of somebody who has been here before. */
function known(origin: string | undefined, nickname: string) {
  if (!origin) throw new Error("there is no server to be known at");
  return {
    cookies: [],
    origins: [{ origin, localStorage: [{ name: "wschat.sender", value: nickname }] }],
  };
}
