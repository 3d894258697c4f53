// Places in the log: reading on beyond its ends, staying where one reads, and the addresses of
// messages.

import type { Page } from "@playwright/test";

import { RoomPage } from "../support/room";
import type { Server } from "../support/server";
import { Speaker } from "../support/speaker";
import { expect, test } from "../support/test";

/** Somebody comes in and says so many numbered lines: `seq` n says "줄 n". */
async function fill(server: Server, roomId: string, last: number): Promise<Speaker> {
  const speaker = await Speaker.enter(server, roomId, "영희");
  for (let seq = 2; seq <= last; seq++) {
    // Lines of different heights, so that nothing can be right by accident.
    await speaker.say(`줄 ${seq}.${"\n둘째 줄".repeat(seq % 3)}`);
  }
  return speaker;
}

/** How far below the upper edge of the log the row of `seq` begins, in pixels. */
async function top(page: Page, seq: number): Promise<number> {
  return page.evaluate((seq) => {
    const list = document.querySelector("#chatOutput")!;
    const row = list.querySelector(`[data-seq="${seq}"]`)!;
    return row.getBoundingClientRect().top - list.getBoundingClientRect().top;
  }, seq);
}

/** The first row that is seen, and where. */
async function firstSeen(page: Page): Promise<{ seq: number; top: number }> {
  return page.evaluate(() => {
    const list = document.querySelector("#chatOutput")!;
    const edge = list.getBoundingClientRect().top;
    const rows = [...list.querySelectorAll<HTMLElement>("li[data-seq]")];
    const row = rows.find((row) => row.getBoundingClientRect().top >= edge)!;
    return { seq: Number(row.dataset.seq), top: row.getBoundingClientRect().top - edge };
  });
}

async function expectInView(page: Page, seq: number) {
  await expect(page.locator(`[data-seq="${seq}"]`)).toBeInViewport();
}

test("scrolling up reads older pages, and the reader stays where he reads", { tag: "@postgres" }, async ({
  server,
  person,
}) => {
  const younghee = await fill(server, "scroll", 180);
  const room = await person("철수", "scroll");
  const { page } = room;
  await expectInView(page, 181);
  const oldest = (await room.seqs())[0];
  expect(oldest).toBeGreaterThan(100);

  // Whatever is read next is held back until the place has been noted.
  let go = () => {};
  const gate = new Promise<void>((resolve) => (go = resolve));
  await page.route("**/messages?*before=*", async (route) => {
    await gate;
    await route.continue();
  });
  await room.log.hover();
  await room.log.evaluate((list) => list.scrollTo(0, 150));
  const before = await firstSeen(page);
  go();
  await expect.poll(async () => (await room.seqs())[0]).toBeLessThan(oldest);
  await expect.poll(async () => Math.abs((await top(page, before.seq)) - before.top)).toBeLessThan(1.5);

  // And on, to the first line of the room.
  await expect
    .poll(async () => {
      await room.log.evaluate((list) => list.scrollTo(0, 0));
      return (await room.seqs())[0];
    })
    .toBe(1);
  await room.expectWhole(181);
  await expect(page.locator("#earlier")).toBeHidden();

  // What is said meanwhile moves nobody, and a button tells of it.
  const reading = await firstSeen(page);
  await younghee.say("그동안의 말");
  await expect(page.locator("#newer")).toHaveText("새 메시지 1개 ↓");
  expect(Math.abs((await top(page, reading.seq)) - reading.top)).toBeLessThan(1.5);
  await page.locator("#newer").click();
  await expectInView(page, 182);
  await expect(page.locator("#newer")).toBeHidden();
  await younghee.disconnect();
});

test("a page holds 2000 messages; from there its link goes on", async ({ server, person }) => {
  test.slow();
  const younghee = await Speaker.enter(server, "deep", "영희");
  const LAST = 2_120;
  for (let seq = 2; seq <= LAST; seq += 40) {
    const lines = Array.from({ length: Math.min(40, LAST + 1 - seq) }, (_, at) => seq + at);
    await Promise.all(lines.map((line) => younghee.say(`${line}.`)));
  }
  const room = await person("철수", "deep");
  const { page } = room;
  await expectInView(page, LAST + 1);
  await expect
    .poll(
      async () => {
        await room.log.evaluate((list) => list.scrollTo(0, 0));
        return room.rows.count();
      },
      { timeout: 60_000, intervals: [100] },
    )
    .toBe(2_000);
  const seqs = await room.seqs();
  expect(seqs).toEqual(Array.from({ length: 2_000 }, (_, at) => LAST + 1 - 1_999 + at));

  // One more comes in at the other end, and the oldest goes: the reader stays.
  await room.log.evaluate((list) => list.scrollTo(0, 2_000));
  const reading = await firstSeen(page);
  await younghee.say("그동안의 말");
  await expect(page.locator("#newer")).toBeVisible();
  expect((await room.seqs())[0]).toBe(seqs[0] + 1);
  // The list is moved after the rows, before anything is painted.
  await expect
    .poll(async () => Math.abs((await top(page, reading.seq)) - reading.top))
    .toBeLessThan(1.5);

  await page.locator("#earlier").click();
  await expect(page).toHaveURL(new RegExp(`/rooms/deep/m/${seqs[0] + 1}$`));
  await expectInView(page, seqs[0] + 1);
  await expect.poll(async () => (await room.seqs())[0]).toBeLessThan(seqs[0]);
  await younghee.disconnect();
});

test("older pages are read by keyboard as well", async ({ server, person }) => {
  const younghee = await fill(server, "keys", 120);
  const room = await person("철수", "keys");
  await expectInView(room.page, 121);
  // Focus brings the link into view, which is near enough to the end to read on by itself.
  await room.page.locator("#earlier").focus();
  await expect.poll(async () => (await room.seqs())[0]).toBeLessThan(72);
  const seqs = await room.seqs();
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, at) => seqs[0] + at));
  await younghee.disconnect();
});

test("a message's time leads to its address, which opens the room around it", { tag: "@postgres" }, async ({
  server,
  visitor,
}) => {
  const younghee = await fill(server, "link", 200);
  const page = await visitor("철수");
  const room = await new RoomPage(page).open("link");
  await expect(page.locator('[data-seq="170"] a.at')).toHaveAttribute("href", "/rooms/link/m/170");

  await page.goto("/rooms/link/m/60");
  await expect(page.locator("body[data-hydrated]")).toBeAttached();
  const target = page.locator('[aria-current="true"][data-seq]');
  await expect(target).toHaveAttribute("data-seq", "60");
  await expectInView(page, 60);
  expect((await room.seqs()).at(-1)).toBeLessThan(100);
  // It stands so far from the newest that no link could go on from here.
  await expect(page.locator("#composer")).toHaveCount(0);

  // Down to the newest the pages join without a hole; then one can talk.
  await expect
    .poll(
      async () => {
        await room.log.evaluate((list) => list.scrollBy(0, 3_000));
        return room.composer.isVisible();
      },
      { timeout: 30_000 },
    )
    .toBe(true);
  await room.expectState("connected");
  await expect.poll(async () => (await room.seqs()).at(-1)).toBe(201);
  const seqs = await room.seqs();
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, at) => seqs[0] + at));
  await room.say("여기까지 읽었습니다");
  await room.expectSaid("여기까지 읽었습니다");
  await younghee.disconnect();
});

test("from an address there is a way to the newest", async ({ server, visitor }) => {
  const younghee = await fill(server, "newest", 150);
  const page = await visitor("철수");
  await page.goto("/rooms/newest/m/20");
  await expect(page.locator("body[data-hydrated]")).toBeAttached();
  await expectInView(page, 20);
  await page.locator("#newest").click();
  const room = new RoomPage(page);
  await room.expectState("connected");
  await expect(page).toHaveURL(/\/rooms\/newest$/);
  await expectInView(page, 151);
  await younghee.disconnect();
});

test("the address of one of the newest opens a room in which one can talk", async ({
  server,
  visitor,
}) => {
  const younghee = await fill(server, "near", 60);
  const page = await visitor("철수");
  await page.goto("/rooms/near/m/50");
  const room = new RoomPage(page);
  await room.ready();
  await expectInView(page, 50);
  await room.say("가까이에서");
  await room.expectSaid("가까이에서");
  await younghee.disconnect();
});

test("a message that is lost on the way is asked for, and nothing is shown out of order", async ({
  server,
  visitor,
}) => {
  const page = await visitor("철수");
  let lose = false;
  await page.routeWebSocket(/\/websc\//, (link) => {
    const upstream = link.connectToServer();
    upstream.onMessage((frame) => {
      if (lose && /^MESSAGE/.test(frame.toString()) && /잃을/.test(frame.toString())) return;
      link.send(frame);
    });
  });
  let fail = true;
  await page.route("**/messages?*after=*", (route) => (fail ? route.abort() : route.continue()));
  const room = await new RoomPage(page).open("hole");
  const younghee = await Speaker.enter(server, "hole", "영희");
  await room.expectWhole(2);
  lose = true;
  await younghee.say("잃을 말");
  await younghee.say("뒤의 말");
  // As long as it cannot be had, what follows it waits.
  await page.waitForRequest("**/messages?*after=*");
  await room.expectWhole(2);
  fail = false;
  await room.expectWhole(4);
  await expect(room.rows.nth(2)).toContainText("잃을 말");
  await younghee.disconnect();
});
