// The conversation itself. Runs twice: on the server's pages, and on the Trunk build.

import { RoomPage } from "../support/room";
import { expect, test } from "../support/test";

test("two people talk both ways, in Korean and emoji", async ({ person }) => {
  const chulsoo = await person("철수", "talk");
  const younghee = await person("영희", "talk");

  await chulsoo.say("안녕하세요 🙂");
  await younghee.expectSaid("안녕하세요 🙂");
  await younghee.say("반가워요 👩‍👩‍👧‍👦");
  await chulsoo.expectSaid("반가워요 👩‍👩‍👧‍👦");

  await expect(younghee.row("안녕하세요")).toContainText("철수");
  await expect(chulsoo.row("반가워요")).toContainText("영희");
  // Two ENTER lines, two TALK lines; the newcomer sees what was there before her.
  await chulsoo.expectWhole(4);
  await younghee.expectWhole(4);
});

test("one's own lines are marked as one's own", async ({ person }) => {
  const chulsoo = await person("철수", "own");
  const younghee = await person("영희", "own");
  await chulsoo.say("제가 했습니다");
  await younghee.expectSaid("제가 했습니다");
  await expect(chulsoo.row("제가 했습니다")).toHaveClass(/(^| )own( |$)/);
  await expect(younghee.row("제가 했습니다")).not.toHaveClass(/(^| )own( |$)/);
});

test("a line leaves the box when it is sent, and no pending row stays", async ({ person }) => {
  const chulsoo = await person("철수", "sent");
  await chulsoo.composer.fill("단추로 보냅니다");
  await chulsoo.send.click();
  await chulsoo.expectSaid("단추로 보냅니다");
  await expect(chulsoo.composer).toHaveValue("");
  await expect(chulsoo.pending).toHaveCount(0);
});

test("coming in is announced once, as the original announces it", async ({ person }) => {
  const younghee = await person("영희", "enter");
  await person("철수", "enter");
  await expect(younghee.notices("ENTER", "철수")).toHaveCount(1);
  await expect(younghee.notices("ENTER", "철수")).toContainText("[알림] : 철수님이 입장했습니다.");
});

test("neither reloads nor a second tab announce anybody again", async ({ person }) => {
  const younghee = await person("영희", "again");
  const first = await person("철수", "again");
  await first.page.reload();
  await first.ready();
  await first.page.reload();
  await first.ready();

  const tab = await first.page.context().newPage();
  await tab.goto("/rooms/again");
  const second = new RoomPage(tab);
  await second.ready();
  // What the second tab says comes after whatever its arrival could have announced.
  await second.say("두 번째 탭입니다");

  for (const page of [younghee, first, second]) {
    await page.expectSaid("두 번째 탭입니다");
    await expect(page.notices("ENTER", "철수")).toHaveCount(1);
    await page.expectWhole(3);
  }
});

test("a reload keeps what was said", async ({ person }) => {
  const chulsoo = await person("철수", "reload");
  for (const text of ["하나", "둘", "셋"]) await chulsoo.say(text);
  await chulsoo.expectWhole(4);

  await chulsoo.page.reload();
  await chulsoo.ready();
  await chulsoo.expectWhole(4);
  await chulsoo.say("넷");
  await chulsoo.expectSaid("넷");
  await chulsoo.expectWhole(5);
});

test("two people at once: everyone sees one order, without a hole or a double", async ({
  person,
  server,
}) => {
  const chulsoo = await person("철수", "order");
  const younghee = await person("영희", "order");
  await Promise.all(
    [chulsoo, younghee].map(async (who, side) => {
      for (let at = 1; at <= 15; at++) await who.say(`${side === 0 ? "철수" : "영희"}의 말 ${at}.`);
    }),
  );
  await chulsoo.expectWhole(32);
  await younghee.expectWhole(32);

  const texts = async (who: typeof chulsoo) => who.rows.allTextContents();
  const said = (await server.messages("order")).map((line) => line.message);
  for (const page of [chulsoo, younghee]) {
    const shown = await texts(page);
    said.forEach((text, at) => expect(shown[at]).toContain(text));
  }
  for (const name of ["철수", "영희"]) {
    const own = said.filter((text) => text.startsWith(`${name}의 말`));
    expect(own).toEqual(Array.from({ length: 15 }, (_, at) => `${name}의 말 ${at + 1}.`));
  }
});

test("what looks like markup is shown as it was written", async ({ person }) => {
  const chulsoo = await person("철수", "markup");
  const younghee = await person("영희", "markup");
  const text = `<img src=x onerror="document.title='hit'"> & <b>굵게</b>`;
  await chulsoo.say(text);
  await younghee.expectSaid(text);
  await younghee.page.reload();
  await younghee.ready();
  await younghee.expectSaid(text);
  await expect(younghee.log.locator("img")).toHaveCount(0);
  await expect(younghee.page).not.toHaveTitle("hit");
});

test("a room is its own: nothing said in one is heard in another", async ({ person }) => {
  const here = await person("철수", "room-one");
  const there = await person("영희", "room-two");
  await here.say("첫째 방에서");
  await here.expectSaid("첫째 방에서");
  await there.say("둘째 방에서");
  await there.expectSaid("둘째 방에서");
  await there.expectWhole(2);
  await here.expectWhole(2);
  await expect(there.row("첫째 방에서")).toHaveCount(0);
});
