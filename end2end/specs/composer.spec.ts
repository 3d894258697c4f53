// The message box: keys, refusals.

import { RoomPage } from "../support/room";
import { expect, test } from "../support/test";

test("Enter sends, Shift+Enter makes a line", async ({ person, server }) => {
  const chulsoo = await person("철수", "keys");
  await chulsoo.composer.pressSequentially("첫 줄");
  await chulsoo.composer.press("Shift+Enter");
  await chulsoo.composer.pressSequentially("둘째 줄");
  await expect(chulsoo.composer).toHaveValue("첫 줄\n둘째 줄");
  await chulsoo.composer.press("Enter");

  await chulsoo.expectSaid("첫 줄");
  await expect(chulsoo.composer).toHaveValue("");
  const talk = (await server.messages("keys")).filter((line) => line.type === "TALK");
  expect(talk.map((line) => line.message)).toEqual(["첫 줄\n둘째 줄"]);
  // The line break is seen, not only stored: the row's text is rendered on two lines.
  await expect
    .poll(async () => chulsoo.row("첫 줄").evaluate((row) => (row as HTMLElement).innerText))
    .toMatch(/첫 줄\n둘째 줄/);
});

test("nothing but white space is refused, and stays in the box", async ({ person, server }) => {
  const chulsoo = await person("철수", "blank");
  for (const blank of ["   ", " \n "]) {
    await chulsoo.composer.fill(blank);
    await chulsoo.composer.press("Enter");
    await expect(chulsoo.composer).toHaveValue(blank);
    await chulsoo.send.click();
    await expect(chulsoo.composer).toHaveValue(blank);
    await expect(chulsoo.refusal).toHaveText("보낼 내용을 입력하세요.");
  }
  await chulsoo.say("이제 내용이 있습니다");
  await chulsoo.expectSaid("이제 내용이 있습니다");
  await expect(chulsoo.refusal).toBeEmpty();
  const talk = (await server.messages("blank")).filter((line) => line.type === "TALK");
  expect(talk.map((line) => line.message)).toEqual(["이제 내용이 있습니다"]);
});

test("4000 characters go out, one more is refused and stays in the box", async ({ person }) => {
  const chulsoo = await person("철수", "long");
  const full = "말".repeat(4_000);
  await chulsoo.say(full + "!");
  await expect(chulsoo.refusal).toContainText("메시지는 4000자까지 보낼 수 있습니다.");
  await expect(chulsoo.composer).toHaveValue(full + "!");
  await chulsoo.expectWhole(1);

  await chulsoo.say(full);
  await chulsoo.expectSaid(full);
  await expect(chulsoo.refusal).toHaveText("");
  await chulsoo.expectWhole(2);
});

test("a refusal goes when the text is written anew", async ({ person }) => {
  const chulsoo = await person("철수", "anew");
  await chulsoo.say("   ");
  await expect(chulsoo.refusal).toHaveText("보낼 내용을 입력하세요.");
  await chulsoo.composer.press("a");
  await expect(chulsoo.refusal).toBeEmpty();
});

test("what is not sent yet is kept by the tab, room by room", async ({ person, server }) => {
  const chulsoo = await person("철수", "draft");
  const { page, composer } = chulsoo;
  await chulsoo.say("먼저 한 말");
  await chulsoo.expectSaid("먼저 한 말");
  await composer.fill("쓰다 만 말\n둘째 줄");
  const height = (await composer.boundingBox())?.height;
  await page.reload();
  await chulsoo.ready();
  await expect(composer).toHaveValue("쓰다 만 말\n둘째 줄");
  // All of it is to be seen.
  expect((await composer.boundingBox())?.height).toBe(height);

  await page.locator("#search").click();
  await expect(page).toHaveURL(/\/search/);
  await page.goBack();
  await chulsoo.ready();
  await expect(composer).toHaveValue("쓰다 만 말\n둘째 줄");

  await page.locator("#leave").click();
  await expect(page).toHaveURL(/\/$/);
  await page.goBack();
  await chulsoo.ready();
  await expect(composer).toHaveValue("쓰다 만 말\n둘째 줄");

  await chulsoo.row("먼저 한 말").locator("a.at").click();
  await expect(page).toHaveURL(/\/m\/2$/);
  await chulsoo.ready();
  await expect(composer).toHaveValue("쓰다 만 말\n둘째 줄");

  // Not in another room, nor in another tab.
  await chulsoo.open("other-draft");
  await expect(composer).toHaveValue("");
  const other = new RoomPage(await page.context().newPage());
  await other.open("draft");
  await expect(other.composer).toHaveValue("");

  await chulsoo.open("draft");
  await composer.press("End");
  await composer.press("Enter");
  await chulsoo.expectSaid("쓰다 만 말");
  await page.reload();
  await chulsoo.ready();
  await expect(composer).toHaveValue("");
  const talk = (await server.messages("draft")).filter((line) => line.type === "TALK");
  expect(talk.map((line) => line.message)).toEqual(["먼저 한 말", "쓰다 만 말\n둘째 줄"]);
  const kept = await page.evaluate(() => Object.keys(sessionStorage));
  expect(kept.filter((key) => key.startsWith("roomside.draft/"))).toEqual([]);
});

test("of a draft that is too long, as much is kept as a message holds", async ({ person }) => {
  const chulsoo = await person("철수", "long-draft");
  const full = "말".repeat(4_000);
  await chulsoo.composer.fill(full + "!");
  await chulsoo.page.reload();
  await chulsoo.ready();
  await expect(chulsoo.composer).toHaveValue(full);
});

test("refusals are said in English to who reads English", async ({ person }) => {
  const bob = await person("Bob", "english", { locale: "en-US" });
  await bob.say("x".repeat(4_001));
  await expect(bob.refusal).toContainText("a message has at most 4000 characters");
});
