// The address of a message, without JavaScript.

import { RoomPage } from "../support/room";
import { Speaker } from "../support/speaker";
import { expect, test } from "../support/test";

test("a message's address shows it among its neighbours, with ways on", async ({
  server,
  visitor,
}) => {
  const speaker = await Speaker.enter(server, "far", "영희");
  for (let seq = 2; seq <= 160; seq++) await speaker.say(`줄 ${seq}.`);
  const page = await visitor();
  const answer = await page.goto("/rooms/far/m/80");
  expect(answer?.status()).toBe(200);
  const room = new RoomPage(page);
  expect(await room.seqs()).toEqual(Array.from({ length: 50 }, (_, at) => 55 + at));
  const target = page.locator('[aria-current="true"][data-seq]');
  await expect(target).toHaveAttribute("data-seq", "80");
  await expect(target).toBeInViewport();

  await page.locator("#earlier").click();
  await expect(page).toHaveURL(/\/m\/55$/);
  expect((await room.seqs())[0]).toBe(30);
  await page.locator("#later").click();
  await expect(page).toHaveURL(/\/m\/79$/);
  await page.locator("#newest").click();
  await expect(page).toHaveURL(/\/rooms\/far$/);
  expect((await room.seqs()).at(-1)).toBe(160);
  // Its time is the link to a message.
  await page.locator('[data-seq="150"] a.at').click();
  await expect(page).toHaveURL(/\/rooms\/far\/m\/150$/);
  await expect(page.locator("#newest")).toBeHidden();
  await speaker.disconnect();
});

for (const seq of ["0", "-1", "4", "x", "1.5", "18446744073709551616", "9223372036854775808"]) {
  test(`there is no message ${seq}: a page that says so, and 404`, async ({ server, visitor }) => {
    const speaker = await Speaker.enter(server, "small", "영희");
    await speaker.say("둘");
    await speaker.say("셋");
    const page = await visitor();
    const answer = await page.goto(`/rooms/small/m/${seq}`);
    expect(answer?.status()).toBe(404);
    await expect(page).toHaveTitle("404 · Roomside");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("404");
    await expect(page.getByRole("alert")).toHaveText("이 방에 그런 메시지가 없습니다.");
    await page.getByRole("link", { name: "들어가기" }).click();
    await expect(page).toHaveURL(/\/rooms\/small$/);
    await new RoomPage(page).expectWhole(3);
    await speaker.disconnect();
  });
}

for (const path of ["/nowhere", `/rooms/${"x".repeat(65)}`]) {
  test(`what is at no address has a title and a heading: ${path.slice(0, 20)}`, async ({ visitor }) => {
    const page = await visitor();
    expect((await page.goto(path))?.status()).toBe(404);
    await expect(page).toHaveTitle("404 · Roomside");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("404");
  });
}

test("a room that nobody has entered has no messages: 404", async ({ visitor }) => {
  const page = await visitor();
  expect((await page.goto("/rooms/nobody/m/1"))?.status()).toBe(404);
});
