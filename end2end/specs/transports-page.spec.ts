// The page that compares transports: what it explains, and what it measures from the visitor's own
// browser.

import type { Page } from "@playwright/test";

import * as values from "../../server/assets/transports/values";
import { Gateway, pathOf } from "../support/gateway";
import { expect, test } from "../support/test";

const WAYS = ["polling", "long-polling", "streaming", "websocket"] as const;

type Way = (typeof WAYS)[number];

/** One row of the table; fewer cells where the way does not work. */
const cells = (page: Page, way: Way) => page.locator(`#results tr[data-way="${way}"] td`);

async function measure(page: Page) {
  await page.locator("button#measure").click();
  // A way that is blocked takes five seconds of patience.
  await expect(page.locator("button#measure")).toBeEnabled({ timeout: 45_000 });
}

/** The median and the worst delay, bytes sent and received, requests. */
async function numbers(page: Page, way: Way) {
  const texts = await cells(page, way).allTextContents();
  expect(texts, way).toHaveLength(5);
  const [median, worst, sent, received, requests] = texts.map(Number);
  return { median, worst, sent, received, requests };
}

for (const { locale, start, done, names } of [
  {
    locale: "ko-KR",
    start: "측정하기",
    done: "측정이 끝났습니다.",
    names: ["폴링", "롱 폴링", "스트리밍", "웹소켓"],
  },
  {
    locale: "en-US",
    start: "Measure",
    done: "Done.",
    names: ["Polling", "Long polling", "Streaming", "WebSocket"],
  },
]) {
  test(`all four ways are measured, ${locale}`, async ({ visitor }) => {
    const page = await visitor(undefined, { locale });
    await page.goto("/transports");
    await expect(page.locator("button#measure")).toHaveText(start);
    await expect(page.locator("dt")).toHaveText(names);
    await measure(page);
    await expect(page.locator("#progress")).toHaveText(done);
    await expect(page.locator("#results tbody th")).toHaveText(names);

    const rows = Object.fromEntries(
      await Promise.all(WAYS.map(async (way) => [way, await numbers(page, way)] as const)),
    );
    for (const way of WAYS) {
      const { median, worst, sent, received } = rows[way];
      expect(worst, way).toBeGreaterThanOrEqual(median);
      expect(median, way).toBeGreaterThan(0);
      // Each message is there and back, and something around it.
      expect(sent, way).toBeGreaterThan(120);
      expect(received, way).toBeGreaterThan(120);
    }
    const { polling, "long-polling": long, streaming, websocket } = rows;
    // Ten messages: a post and a question or more for each; a question ahead; one that stays; none.
    expect(polling.requests).toBeGreaterThanOrEqual(20);
    expect(long.requests).toBe(21);
    expect(streaming.requests).toBe(11);
    expect(websocket.requests).toBe(1);
    // A mean of half an interval, and the interval for the least lucky.
    expect(polling.median).toBeGreaterThan(200);
    expect(websocket.median).toBeLessThan(polling.median);
    // Frames are computed: 120 bytes and a header of 2, with a mask of 4 to the server.
    expect([websocket.sent, websocket.received]).toEqual([126, 122]);
    expect(polling.sent + polling.received).toBeGreaterThan(long.sent);
    expect(long.received).toBeGreaterThan(streaming.received);

    const bars = page.locator("#bytes .first");
    await expect(bars).toHaveCount(4);
    const width = async (at: number) => parseFloat((await bars.nth(at).getAttribute("width")) ?? "");
    expect(await width(0)).toBeGreaterThan((await width(3)) * 2);
    expect(await width(3)).toBeGreaterThan(0);
  });
}

test("a way that the network blocks says so, and the others are measured", async ({
  server,
  visitor,
}) => {
  const gateway = await Gateway.start(server.url, {
    own: (ask, answer) => {
      if (!pathOf(ask).endsWith("/xhr_streaming")) return false;
      answer.writeHead(502).end();
      return true;
    },
  });
  const page = await visitor();
  await page.routeWebSocket(/\/websocket$/, (socket) => socket.close({ code: 1006 }));
  await page.goto(`${gateway.url}/transports`);
  await measure(page);
  await expect(cells(page, "websocket")).toHaveText(["여기서는 막혀 있음"]);
  await expect(cells(page, "streaming")).toHaveText(["여기서는 막혀 있음 (HTTP 502)"]);
  expect((await numbers(page, "polling")).requests).toBeGreaterThanOrEqual(20);
  expect((await numbers(page, "long-polling")).requests).toBe(21);
  await gateway.close();
});

test("numbers fit a phone", async ({ visitor }) => {
  const page = await visitor(undefined, {
    locale: "en-US",
    viewport: { width: 360, height: 740 },
  });
  await page.goto("/transports");
  await measure(page);
  const { width, room } = await page.locator("#results").evaluate((results) => ({
    width: results.scrollWidth,
    room: results.clientWidth,
  }));
  expect(width).toBeLessThanOrEqual(room);
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(beyond).toBeLessThanOrEqual(0);
});

test("an answer that never comes is not waited for", async ({ server, visitor }) => {
  const gateway = await Gateway.start(server.url, {
    own: (ask) => /\/xhr(_streaming)?$/.test(pathOf(ask)),
  });
  const page = await visitor(undefined, { locale: "en-US" });
  await page.goto(`${gateway.url}/transports`);
  await measure(page);
  await expect(cells(page, "long-polling")).toHaveText(["blocked here"]);
  await expect(cells(page, "streaming")).toHaveText(["blocked here"]);
  expect((await numbers(page, "websocket")).requests).toBe(1);
  await gateway.close();
});

test("the lobby leads to it, and its languages come back to it", async ({ visitor }) => {
  const page = await visitor();
  await page.goto("/");
  await expect(page.locator("body[data-hydrated]")).toBeAttached();
  await page.locator('a[href="/transports"]').click();
  await expect(page).toHaveURL(/\/transports$/);
  await page.locator('a[data-lang="en"]').click();
  await expect(page).toHaveURL(/\/transports$/);
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Four ways to carry messages");
  await page.locator("a#leave").click();
  await expect(page.locator("ul#rooms")).toBeAttached();
});

test("the median and the worst are of the delays, bytes of each message", () => {
  const tally = { requests: 7, sent: 1_000, received: 505, delays: [3, 900, 1, 2] };
  expect(values.summary(tally)).toEqual({
    median: 2.5,
    worst: 900,
    sent: 250,
    received: 126,
    requests: 7,
  });
  expect(values.summary({ ...tally, delays: [3, 1, 2] })?.median).toBe(2);
  expect(values.summary(values.nothing())).toBeUndefined();
});

test("bars share the width of the longest, and little is seen", () => {
  expect(values.widths([[300, 100], [0, 0], [100, 0]])).toEqual([[75, 25], [0, 0], [25, 0]]);
  const { SEEN } = values;
  expect(values.widths([[1_000_000, 1], [1, 0]])).toEqual([[100 - SEEN, SEEN], [SEEN, 0]]);
  expect(values.widths([[0, 0]])).toEqual([[0, 0]]);
});

test("frames and chunks are as long as they are written", () => {
  const { chunk, frame, LAST_CHUNK } = values;
  const head = (payload: number) => frame(payload, false) - payload;
  expect([0, 125, 126, 65_535, 65_536].map(head)).toEqual([2, 2, 4, 4, 10]);
  expect(frame(120, true)).toBe(126);
  for (const data of [0, 15, 16, 255, 256]) {
    expect(chunk(data)).toBe(`${data.toString(16)}\r\n${"x".repeat(data)}\r\n`.length);
  }
  expect(LAST_CHUNK).toBe("0\r\n\r\n".length);
});

test("a head is counted without what is there for counting", () => {
  const headers: [string, string][] = [["content-length", "0"], [values.REQUEST_HEAD, "512"]];
  const written = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
  expect(values.responseHead("OK", headers)).toBe(written.length);
});

test("delays are told as exactly as it matters", () => {
  expect([0, 9.96, 99.94, 99.96, 250.4].map(values.milliseconds)).toEqual([
    "0.0",
    "10.0",
    "99.9",
    "100",
    "250",
  ]);
});
