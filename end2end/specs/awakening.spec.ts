// The page before it has come to life: what the server has rendered is there, its script is not.

import type { Page } from "@playwright/test";

import { RoomPage } from "../support/room";
import { expect, test } from "../support/test";

/** Holds the page's module back until it is let go. */
async function asleep(page: Page): Promise<() => void> {
  let wake = () => {};
  const gate = new Promise<void>((resolve) => (wake = resolve));
  await page.route("**/*.wasm", async (route) => {
    await gate;
    await route.continue();
  });
  return wake;
}

test("what is written before the page has come to life is there to be sent then", async ({
  server,
  visitor,
}) => {
  const page = await visitor("철수");
  const wake = await asleep(page);
  const room = new RoomPage(page);
  await page.goto("/rooms/early", { waitUntil: "commit" });
  await room.composer.pressSequentially("일찍 쓴 말");
  await expect(room.send).toBeDisabled();
  await room.composer.press("Enter");
  await expect(page).toHaveURL(/\/rooms\/early$/);

  wake();
  await room.ready();
  await expect(room.composer).toHaveValue("일찍 쓴 말\n");
  await room.send.click();
  await room.expectSaid("일찍 쓴 말");
  const talk = (await server.messages("early")).filter((line) => line.type === "TALK");
  expect(talk.map((line) => line.message)).toEqual(["일찍 쓴 말"]);
});

test("a room's name that is written early stays, too, and Enter does not submit it", async ({
  server,
  visitor,
}) => {
  const page = await visitor("철수");
  const wake = await asleep(page);
  await page.goto("/", { waitUntil: "commit" });
  const name = page.locator("#create input#room-name");
  await name.pressSequentially("이른 방");
  await expect(page.locator("#create button")).toBeDisabled();
  await name.press("Enter");
  await expect(page).toHaveURL(/\/$/);

  wake();
  await expect(page.locator("#create button")).toBeEnabled();
  await expect(name).toHaveValue("이른 방");
  await name.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("이른 방");
  expect((await server.rooms()).map((room) => room.name)).toContain("이른 방");
});

test("what a visitor writes before he has a nickname goes with him through the door", async ({
  visitor,
}) => {
  const page = await visitor();
  const wake = await asleep(page);
  const room = new RoomPage(page);
  await page.goto("/rooms/newcomer", { waitUntil: "commit" });
  await room.composer.pressSequentially("처음 왔습니다");
  wake();
  const form = page.locator("form#enter");
  await form.locator("input#nickname").fill("영희");
  await form.getByRole("button", { name: "들어가기" }).click();
  await room.ready();
  await expect(room.composer).toHaveValue("처음 왔습니다");
  await room.send.click();
  await room.expectSaid("처음 왔습니다");
});
