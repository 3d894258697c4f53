// sockjs-client 1.6.1 behind reverse proxies, choosing its transport by itself.

import { setTimeout as pause } from "node:timers/promises";

import { Cutter } from "../support/cutter";
import { serveLegacy } from "../support/legacy";
import { documented, Nginx, nginxIsHere } from "../support/nginx";
import { SockjsPage } from "../support/sockjs";
import { Speaker } from "../support/speaker";
import { expect, test as base } from "../support/test";

const version = "1.6.1";

/** The pages' site is in front of a proxy, which is in front of the chat. */
const test = base.extend<{ before: (proxy: { url: string; close(): Promise<void> }) => Promise<string> }>({
  before: async ({}, use) => {
    const opened: { close(): Promise<void> }[] = [];
    await use(async (proxy) => {
      const gateway = await serveLegacy(proxy.url);
      opened.push(gateway, proxy);
      return gateway.url;
    });
    for (const one of opened) await one.close();
  },
});

/** An nginx that knows nothing of WebSockets, with these lines more. */
function plain(upstream: string, lines = ""): (port: number) => string {
  return (port) => `
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${upstream};
      proxy_set_header Host $http_host;
      ${lines}
    }
  }`;
}

test.describe("nginx", () => {
  test.skip(!nginxIsHere() && !process.env.CI, "there is no nginx here, nor one from script/bootstrap");

  test("as docs/deploy.md has it: WebSocket", async ({ server, visitor, before }) => {
    const nginx = await Nginx.start(await documented(server.url));
    const site = await before(nginx);
    const sockjs = await SockjsPage.open(await visitor(), site, { version, room: "docs" });
    await sockjs.expectTransport("websocket");
    await sockjs.converse(server);
    expect(await sockjs.sessions()).toBe(1);
  });

  test("as docs/deploy.md has it: streaming", async ({ server, visitor, before }) => {
    const nginx = await Nginx.start(await documented(server.url));
    const site = await before(nginx);
    const address = { version, room: "streams", transports: "xhr-streaming,xhr-polling" } as const;
    const sockjs = await SockjsPage.open(await visitor(), site, address);
    await sockjs.expectTransport("xhr-streaming");
    await sockjs.converse(server);
    expect(await sockjs.sessions()).toBe(1);
  });

  test("with nothing but the address and the host: streaming", async ({ server, visitor, before }) => {
    const nginx = await Nginx.start(plain(server.url));
    const site = await before(nginx);
    const sockjs = await SockjsPage.open(await visitor(), site, { version, room: "plain" });
    await sockjs.expectTransport("xhr-streaming");
    await sockjs.converse(server);
    expect(await sockjs.sessions()).toBe(1);
  });

  test("that buffers every response, whatever it is asked: polling", async ({ server, visitor, before }) => {
    const buffering = "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;";
    const nginx = await Nginx.start(plain(server.url, buffering));
    const site = await before(nginx);
    const sockjs = await SockjsPage.open(await visitor(), site, { version, room: "buffered" });
    await sockjs.expectTransport("xhr-polling");
    await sockjs.converse(server);
    expect(await sockjs.sessions()).toBe(1);
  });
});

test.describe("a proxy that cuts every response", () => {
  // It is the passing of real time that these are about.
  test.setTimeout(120_000);

  test("after 30 s, while both talk: no response lasts that long", async ({ server, visitor, before }) => {
    const cutter = await Cutter.start(server.url, 30_000);
    const site = await before(cutter);
    const sockjs = await SockjsPage.open(await visitor(), site, { version, room: "cut", beats: "off" });
    await sockjs.expectTransport("xhr-streaming");
    const other = await Speaker.enter(server, "cut", "영희");
    const start = Date.now();
    for (let at = 1; at <= 100; at++) {
      await sockjs.say([`철수의 ${at}번째 말 🙂`]);
      await other.say(`영희의 ${at}번째 말 🙂`);
      await pause(Math.max(0, start + at * 350 - Date.now()));
    }
    await sockjs.expectHeard(202);
    await sockjs.expectWhole(server);
    await other.disconnect();
    expect(await sockjs.sessions()).toBe(1);
    expect(cutter.cut).toBe(0);
  });

  for (const transports of ["xhr-polling", "jsonp-polling"]) {
    test(`after 30 s, while nobody talks: ${transports} beats before that`, async ({ server, visitor, before }) => {
      const cutter = await Cutter.start(server.url, 30_000);
      const site = await before(cutter);
      const address = { version, room: transports, transports, beats: "off" } as const;
      const sockjs = await SockjsPage.open(await visitor(), site, address);
      await pause(35_000);
      await sockjs.converse(server);
      expect(await sockjs.sessions()).toBe(1);
      expect(cutter.cut).toBe(0);
    });
  }

  test("after 1 s: a page that asks for what it missed misses nothing", async ({ server, visitor, before }) => {
    const cutter = await Cutter.start(server.url, 1_000);
    const site = await before(cutter);
    const sockjs = await SockjsPage.open(await visitor(), site, { version, room: "short" });
    const other = await Speaker.enter(server, "short", "영희");
    let said = 0;
    while (said < 100 || (await sockjs.sessions()) < 4) await other.say(`${++said}번째 말 🙂`);
    await other.say("끝");
    await sockjs.expectHeard(said + 3);
    await sockjs.expectWhole(server);
    await other.disconnect();
    expect(cutter.cut).toBeGreaterThanOrEqual(3);
  });
});
