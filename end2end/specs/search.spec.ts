// Searching, from a room and from the list of rooms.

import { find } from "../support/search";
import { expect, test } from "../support/test";

test("what was said is found from the room, and leads back to it", { tag: "@postgres" }, async ({ person, server }) => {
  const chulsoo = await person("철수", "find");
  await chulsoo.say("점심 회의는 열두 시입니다");
  await chulsoo.say("Deployment is done");
  await chulsoo.expectSaid("Deployment is done");
  const { page } = chulsoo;
  await page.locator("a#search").click();
  await expect(page).toHaveURL(`${server.url}/search?room=find`);

  await find(page, "회의", 1);
  const found = page.locator("#found li");
  await expect(found.locator("mark")).toHaveText(["회의"]);
  await expect(found.getByRole("link")).toHaveAttribute("href", "/rooms/find/m/2");
  await find(page, "deploy", 1);
  await expect(found.locator("mark")).toHaveText(["Deploy"]);
  await page.locator("#q").fill("없는말");
  await page.locator("#q").press("Enter");
  await expect(page.locator("#nothing")).toBeVisible();
  await page.locator("#q").fill("회");
  await page.locator("#q").press("Enter");
  await expect(page.getByRole("alert")).toContainText("두 글자");
  await page.locator("a#leave").click();
  await expect(page).toHaveURL(`${server.url}/rooms/find`);
});

test("what was deleted is not found", { tag: "@postgres" }, async ({ person }) => {
  const chulsoo = await person("철수", "gone");
  await chulsoo.say("비밀번호는 사과나무");
  await chulsoo.expectSaid("비밀번호는 사과나무");
  const page = await chulsoo.page.context().newPage();
  await page.goto("/search");
  await find(page, "사과나무", 1);
  chulsoo.page.once("dialog", (question) => question.accept());
  await chulsoo.row("사과나무").getByRole("button", { name: "삭제" }).click({ force: true });
  await chulsoo.expectSaid("삭제된 메시지입니다.");
  await page.reload();
  await expect(page.locator("#nothing")).toBeVisible();
});
