// Without JavaScript: search is a form and links.

import { find } from "../support/search";
import { Speaker } from "../support/speaker";
import { expect, test } from "../support/test";

test("search works page by page, in a room and in all of them", async ({ server, visitor }) => {
  const { roomId } = await server.createRoom("찾는 방");
  const chulsoo = await Speaker.enter(server, roomId, "철수");
  for (let number = 1; number <= 25; number += 1) await chulsoo.say(`<i>같은</i> 말 ${number}`);
  const younghee = await Speaker.enter(server, "elsewhere", "영희");
  await younghee.say("같은 말");

  const page = await visitor();
  await page.goto("/");
  await page.locator('a[href="/search"]').click();
  await find(page, "같은", 20, "영희");
  await expect(page.locator("#found li").nth(1)).toContainText("<i>같은</i> 말 25");
  await page.locator("#older").click();
  await expect(page.locator("#found li")).toHaveCount(6);
  await expect(page.locator("#older")).toHaveCount(0);

  await page.goto(`/search?room=${roomId}`);
  await expect(page.locator("#leave")).toHaveText("← 찾는 방");
  await find(page, "\"같은\" 25", 1);
  await page.locator("#everywhere").click();
  await expect(page).toHaveURL(/\/search\?q=/);
  await expect(page.locator("#found li")).toHaveCount(1);
  // In the other language, with the same words.
  await page.locator("[data-lang=en]").click();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await expect(page.locator("#q")).toHaveValue('"같은" 25');
  await expect(page.locator("#found li")).toHaveCount(1);
  await chulsoo.disconnect();
  await younghee.disconnect();
});
