// Without JavaScript: everything can be read, and the visitor is told what cannot be done.

import { RoomPage } from "../support/room";
import { Speaker } from "../support/speaker";
import { expect, test } from "../support/test";

for (const { locale, lang, notice, entered } of [
  {
    locale: "ko-KR",
    lang: "ko",
    notice: /자바스크립트|JavaScript/,
    entered: "[알림] : 철수님이 입장했습니다.",
  },
  { locale: "en-US", lang: "en", notice: /JavaScript/, entered: "[notice] : 철수 has entered." },
]) {
  test(`a room's history is readable, ${locale}`, async ({ server, visitor }) => {
    const { roomId } = await server.createRoom("읽기만 하는 방");
    const chulsoo = await Speaker.enter(server, roomId, "철수");
    await chulsoo.say("자바 없이도 보입니다 🙂");
    await chulsoo.say("<b>둘째</b> 줄");

    const page = await visitor(undefined, { locale });
    // `goto` resolves at `load`: a response that never ended would time out here.
    const response = await page.goto(`/rooms/${roomId}`);
    expect(response?.status()).toBe(200);
    await expect(page.locator("html")).toHaveAttribute("lang", lang);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("읽기만 하는 방");
    const room = new RoomPage(page);
    await room.expectWhole(3);
    await expect(room.notices("ENTER", "철수")).toContainText(entered);
    await room.expectSaid("자바 없이도 보입니다 🙂");
    await room.expectSaid("<b>둘째</b> 줄");
    await expect(page.getByText(notice).first()).toBeVisible();
    await chulsoo.disconnect();
  });
}

test("the notice is in the language of the page, in both", async ({ server }) => {
  const texts: string[] = [];
  for (const language of ["ko", "en"]) {
    const answer = await fetch(`${server.url}/rooms/lobby`, {
      headers: { "accept-language": language },
    });
    const html = await answer.text();
    expect(html, "the whole page came, and the response ended").toContain("</html>");
    const found = /<noscript[^>]*>([\s\S]*?)<\/noscript>/.exec(html);
    expect(found, "a noscript line").not.toBeNull();
    texts.push(found![1]);
  }
  expect(texts.join("")).toMatch(/[가-힣]/);
  expect(texts.join("")).toMatch(/JavaScript[^가-힣]*[a-z]|[a-z][^가-힣]*JavaScript/);
});

test("the list of rooms leads into the rooms", async ({ server, visitor }) => {
  const { roomId } = await server.createRoom("점심 이야기");
  const page = await visitor();
  await page.goto("/");
  await page.locator("ul#rooms a", { hasText: "점심 이야기" }).click();
  await expect(page).toHaveURL(`${server.url}/rooms/${roomId}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("점심 이야기");
  // And back, for a link needs no script.
  await page.locator("a#leave").click();
  await expect(page).toHaveURL(`${server.url}/`);
});
