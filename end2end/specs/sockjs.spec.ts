// sockjs-client over every transport that it has, from the chat's own site and from another.

import type { Route } from "@playwright/test";

import { serveLegacy } from "../support/legacy";
import { SockjsPage, VERSIONS } from "../support/sockjs";
import { expect, test as base } from "../support/test";

/** Where a page has to be so that the client, in Chromium, takes the transport. */
const TRANSPORTS = {
  "websocket": ["own", "foreign"],
  "xhr-streaming": ["own", "foreign"],
  "eventsource": ["own", "foreign"],
  "iframe-eventsource": ["own", "foreign"],
  // Where there is no ActiveX the client makes a frame, which may only be of the page's own site.
  "htmlfile": ["own"],
  "iframe-htmlfile": ["own", "foreign"],
  "xhr-polling": ["own", "foreign"],
  "iframe-xhr-polling": ["own", "foreign"],
  "jsonp-polling": ["own", "foreign"],
  // XDomainRequest is Internet Explorer's.
  "xdr-streaming": [],
  "xdr-polling": [],
} as const satisfies Record<string, readonly ("own" | "foreign")[]>;

const test = base.extend<{ ownSite: string; foreignSite: string }>({
  flags: ["--allowed-origins", "http://localhost:*"],
  // The client waits for a transport less than a second, however busy the machine is, and forgets
  // its callback then. It cannot call the script off that is still to come.
  tolerated: /^(Uncaught )?TypeError: _jp\.\w+ is not a function$/,

  // The page and, behind it, the chat.
  ownSite: async ({ server }, use) => {
    const gateway = await serveLegacy(server.url);
    await use(gateway.url);
    await gateway.close();
  },

  // For browsers `localhost` and `127.0.0.1` are two sites, not only two origins.
  foreignSite: async ({ ownSite }, use) => {
    await use(ownSite.replace("127.0.0.1", "localhost"));
  },
});

test.beforeEach("the scripts for the iframe transports are in the site", async ({ server }) => {
  for (const version of VERSIONS) {
    const page = await fetch(`${server.url}/websc/iframe-${version}.html`);
    expect(page.status, `sockjs-client ${version}: script/server puts it into the site`).toBe(200);
  }
});

for (const version of VERSIONS) {
  for (const [transports, sites] of Object.entries(TRANSPORTS)) {
    for (const site of ["own", "foreign"] as const) {
      const works = (sites as readonly string[]).includes(site);
      const where = site === "own" ? "the chat's own site" : "a page of another site";
      const room = `${transports}-${site}`;

      if (works) {
        test(`${version}: ${transports} from ${where}`, async ({ server, visitor, ownSite, foreignSite }) => {
          const address = { version, room, transports };
          const page = await visitor();
          const sockjs =
            site === "own"
              ? await SockjsPage.open(page, ownSite, address)
              : await SockjsPage.open(page, foreignSite, { ...address, server: server.url });
          await sockjs.expectTransport(transports);
          await sockjs.converse(server);
          expect(await sockjs.sessions()).toBe(1);
        });
      } else {
        test(`${version}: ${transports} from ${where} is not for this browser, says the client`, async ({ server, visitor, ownSite, foreignSite }) => {
          const address = { version, room, transports };
          const page = await visitor();
          const tried: string[] = [];
          page.on("request", (request) => tried.push(new URL(request.url()).pathname));
          if (site === "own") await SockjsPage.open(page, ownSite, address, "lost");
          else await SockjsPage.open(page, foreignSite, { ...address, server: server.url }, "lost");
          await expect(page.locator("body")).toHaveAttribute("data-closed", "2000 All transports failed");
          // It asked what there is, and did not try the transport.
          expect(tried).toContain("/websc/info");
          expect(tried.filter((path) => /^\/websc\/\d+\//.test(path))).toEqual([]);
        });
      }
    }
  }
}

for (const version of VERSIONS) {
  test(`${version} by jsonp-polling, whose first answer comes when the client has given it up`, async ({ server, visitor, ownSite }) => {
    const page = await visitor();
    const poll = /\/jsonp\?/;
    const late = async (route: Route) => {
      const answer = await route.fetch();
      await page.waitForRequest(poll);
      await route.fulfill({ response: answer });
    };
    await page.route(poll, late, { times: 1 });
    const address = { version, room: "late", transports: "jsonp-polling" };
    const sockjs = await SockjsPage.open(page, ownSite, address);
    await sockjs.converse(server);
    expect(await sockjs.sessions()).toBe(1);
  });
}

test.describe("a server without WebSockets", () => {
  test.use({ flags: ["--websocket", "false"] });

  for (const version of VERSIONS) {
    test(`${version} streams, and does not try one`, async ({ server, visitor, ownSite }) => {
      const page = await visitor();
      const sockets: string[] = [];
      page.on("websocket", (socket) => sockets.push(socket.url()));
      const sockjs = await SockjsPage.open(page, ownSite, { version, room: "streams" });
      await sockjs.expectTransport("xhr-streaming");
      await sockjs.say(["하나"]);
      await sockjs.expectHeard(2);
      await sockjs.expectWhole(server);
      expect(sockets).toEqual([]);
    });
  }
});

test.describe("a site that is not allowed", () => {
  test.use({ flags: [] });

  for (const version of VERSIONS) {
    test(`${version} gets no session by any transport`, async ({ server, browser, foreignSite }) => {
      // Its browser complains, as it should.
      const page = await browser.newPage();
      await SockjsPage.open(page, foreignSite, { version, room: "closed", server: server.url }, "lost");
      await expect(page.locator("body")).toHaveAttribute("data-closed", "1002 Cannot connect to server");
      await page.close();
    });
  }
});

