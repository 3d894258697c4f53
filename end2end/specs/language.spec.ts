// Korean and English.

import { RoomPage } from "../support/room";
import { expect, test } from "../support/test";

test("the page comes in the visitor's language, and says so", async ({ visitor }) => {
  for (const [locale, lang, send] of [
    ["ko-KR", "ko", "보내기"],
    ["en-US", "en", "Send"],
    ["fr-FR", "en", "Send"],
  ]) {
    const page = await visitor("철수", { locale });
    await new RoomPage(page).open("tongues");
    await expect(page.locator("html")).toHaveAttribute("lang", lang);
    await expect(page.locator("#send")).toHaveText(send);
  }
});

test("notices are said in the reader's language", async ({ person }) => {
  const korean = await person("철수", "notices");
  const english = await person("Alice", "notices", { locale: "en-US" });
  await expect(korean.notices("ENTER", "Alice")).toContainText("[알림] : Alice님이 입장했습니다.");
  await expect(english.notices("ENTER", "철수")).toContainText("[notice] : 철수 has entered.");
  await expect(english.notices("ENTER", "Alice")).toContainText("[notice] : Alice has entered.");
});

test("the switch works both ways, is remembered, and loses nothing", async ({ person }) => {
  const room = await person("철수", "switch");
  const { page } = room;
  const html = page.locator("html");
  await room.say("언어를 바꿔도 남습니다");
  await room.expectSaid("언어를 바꿔도 남습니다");

  await page.locator('a[data-lang="en"]').click();
  await expect(html).toHaveAttribute("lang", "en");
  await room.ready();
  await expect(room.send).toHaveText("Send");
  await expect(room.notices("ENTER", "철수")).toContainText("[notice] : 철수 has entered.");
  await room.expectSaid("언어를 바꿔도 남습니다");
  await expect(page.locator("#welcome")).toContainText("철수");

  await page.reload();
  await room.ready();
  await expect(html).toHaveAttribute("lang", "en");

  await page.locator('a[data-lang="ko"]').click();
  await expect(html).toHaveAttribute("lang", "ko");
  await room.ready();
  await expect(room.send).toHaveText("보내기");
  await room.say("다시 한국어로");
  await room.expectSaid("다시 한국어로");
  // Changing the language is not leaving the room.
  await expect(room.notices("ENTER", "철수")).toHaveCount(1);
  await room.expectWhole(3);
});

test("the lobby switches too", async ({ visitor }) => {
  const page = await visitor("철수", { locale: "en-US" });
  await page.goto("/");
  await expect(page.locator("body[data-hydrated]")).toBeAttached();
  await expect(page.locator("#create").getByRole("button", { name: "Create" })).toBeVisible();
  await page.locator('a[data-lang="ko"]').click();
  await expect(page.locator("html")).toHaveAttribute("lang", "ko");
  await expect(page.locator("#create").getByRole("button", { name: "만들기" })).toBeVisible();
});
