// A page that goes says so, in STOMP: the server need not find out by itself.

import { RoomPage } from "../support/room";
import { Tap } from "../support/tap";
import { expect, test as base } from "../support/test";

const test = base.extend<{ tap: Tap }>({
  tap: async ({ server }, use) => {
    const tap = await Tap.start(server.url);
    await use(tap);
    await tap.gateway.close();
  },
  baseURL: async ({ tap }, use) => use(tap.gateway.url),
});

test("going to another page says DISCONNECT", async ({ tap, visitor }) => {
  const page = await visitor("철수");
  await new RoomPage(page).open("goodbye");
  expect(tap.count("SUBSCRIBE")).toBe(1);
  expect(tap.count("DISCONNECT")).toBe(0);
  await page.goto("/livez");
  await expect.poll(() => tap.count("DISCONNECT")).toBe(1);
});

test("closing the page says DISCONNECT", async ({ tap, visitor }) => {
  const page = await visitor("철수");
  await new RoomPage(page).open("closing");
  // As by the visitor's hand: a page that is merely destroyed has no last words.
  await page.close({ runBeforeUnload: true });
  await expect.poll(() => tap.count("DISCONNECT")).toBe(1);
});

test("leaving the room says UNSUBSCRIBE, and the next room is subscribed anew", async ({
  server,
  tap,
  visitor,
}) => {
  const { roomId } = await server.createRoom("다음 방");
  const page = await visitor("철수");
  await new RoomPage(page).open("leaving");
  expect(tap.count("UNSUBSCRIBE")).toBe(0);
  await page.locator("a#leave").click();
  await expect(page).toHaveURL(/\/$/);
  await expect.poll(() => tap.count("UNSUBSCRIBE")).toBe(1);

  await page.locator(`ul#rooms a[href="/rooms/${roomId}"]`).click();
  await new RoomPage(page).ready();
  expect(tap.count("SUBSCRIBE")).toBe(2);
});
