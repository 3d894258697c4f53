// The clients of JavaScript, each in each of its places, and how a check is run with one.

import { join } from "node:path";

import * as seven from "@stomp/stompjs";
import WebSocket from "ws";

import { Gateway } from "../support/gateway";
import { NODE_MODULES } from "../support/paths";
import { test as base } from "../support/test";
import type { Check7 } from "./checks7";
import { type Connect, kit } from "./kit";
import { stompjs2 } from "./stompjs2";
import { stompjs7 } from "./stompjs7";

export { expect } from "../support/test";

type Two = { over(socket: unknown): unknown; overTCP(host: string, port: number): unknown };
/** It has no types. */
const two = require("stompjs") as Two;

/** What a check may do to the line and to the server. */
export type World = {
  /** Breaks all connections off. */
  cut(): Promise<void>;
  /** Kills the server and starts it again at the same address, on the same data. */
  restart(): Promise<void>;
};

/** Runs in Node or in a page: see kit.ts. */
export type Check<T> = (connect: Connect, world: World) => Promise<T>;

export const CLIENTS = {
  "stompjs 7 in Node": "stompjs7/node",
  "stompjs 7 in Chromium": "stompjs7/page",
  "stomp-websocket 2.3.3 in Node": "stompjs2/node",
  "stomp-websocket 2.3.3 in Node, over TCP": "stompjs2/tcp",
  "stomp-websocket 2.3.3 on SockJS in Chromium": "stompjs2/page",
} as const;

export type Client = (typeof CLIENTS)[keyof typeof CLIENTS];
type Client7 = "stompjs7/node" | "stompjs7/page";

type Fixtures = {
  gateway: Gateway;
  world: World;
  /** Runs an expression in a page that has these scripts, `cut` and `restart`. */
  evaluate: <T>(scripts: string[], expression: string) => Promise<T>;
  /** Runs a check that asks for the library itself. */
  play7: <T>(client: Client7, check: Check7<T>) => Promise<T>;
  play: <T>(client: Client, check: Check<T>) => Promise<T>;
};

const SCRIPTS7 = ["@stomp/stompjs/bundles/stomp.umd.min.js"];
const SCRIPTS2 = ["sockjs-client-1.1.2/dist/sockjs.min.js", "stompjs/lib/stomp.min.js"];

/** As each library asks for them when it opens the socket itself. */
const PROTOCOLS7 = ["v12.stomp", "v11.stomp", "v10.stomp"];
const PROTOCOLS2 = ["v10.stomp", "v11.stomp"];

/** The page on which checks run: it is of one origin with the server, and empty. */
const PAGE = "/interop";

export const test = base.extend<Fixtures>({
  gateway: async ({ server }, use) => {
    const gateway = await Gateway.start(server.url, {
      own: (ask, answer) => {
        if (ask.url !== PAGE) return false;
        answer.writeHead(200, { "content-type": "text/html" }).end("<!DOCTYPE html>");
        return true;
      },
    });
    await use(gateway);
    await gateway.close();
  },

  world: async ({ gateway, server }, use) => {
    await use({ cut: async () => gateway.cut(), restart: () => server.restart() });
  },

  evaluate: async ({ gateway, visitor, world }, use) => {
    await use(async (scripts, expression) => {
      const page = await visitor();
      await page.goto(gateway.url + PAGE);
      for (const script of scripts) await page.addScriptTag({ path: join(NODE_MODULES, script) });
      await page.exposeFunction("cut", world.cut);
      await page.exposeFunction("restart", world.restart);
      return page.evaluate(expression);
    });
  },

  play7: async ({ gateway, world, evaluate }, use) => {
    const url = websocket(gateway);
    await use((client, check) =>
      client === "stompjs7/node"
        ? check(kit(), seven, () => socket(url, PROTOCOLS7), world)
        : evaluate(SCRIPTS7, `(${check})(${inPage7(url)}, { cut, restart })`),
    );
  },

  play: async ({ gateway, server, stomp, world, evaluate }, use) => {
    const url = websocket(gateway);
    await use(async (client, check) => {
      switch (client) {
        case "stompjs7/node":
          return check(stompjs7(kit(), seven, () => socket(url, PROTOCOLS7)), world);
        case "stompjs7/page":
          return evaluate(SCRIPTS7, `(${check})((${stompjs7})(${inPage7(url)}), { cut, restart })`);
        case "stompjs2/node":
          return check(stompjs2(kit(), () => two.over(socket(url, PROTOCOLS2))), world);
        case "stompjs2/tcp": {
          if (!stomp) throw new Error("this check needs test.use({ stomp: true })");
          const [host, port] = server.stompAddress.split(":");
          return check(stompjs2(kit(), () => two.overTCP(host, Number(port))), world);
        }
        case "stompjs2/page": {
          const open = '() => Stomp.over(new SockJS("/websc"))';
          const connect = `(${stompjs2})((${kit})(), ${open})`;
          return evaluate(SCRIPTS2, `(${check})(${connect}, { cut, restart })`);
        }
      }
    });
  },
});

/** What a check or an adapter of @stomp/stompjs 7 is given, as it is written in a page. */
function inPage7(url: string): string {
  return `(${kit})(), StompJs, () => new WebSocket("${url}", ${JSON.stringify(PROTOCOLS7)})`;
}

function websocket(gateway: Gateway): string {
  return `${gateway.url.replace("http", "ws")}/websc/websocket`;
}

function socket(url: string, protocols: string[]): globalThis.WebSocket {
  return new WebSocket(url, protocols) as unknown as globalThis.WebSocket;
}
