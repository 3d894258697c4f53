// The front door: who I am, which rooms there are, a new room.

import { RoomPage } from "../support/room";
import { expect, test } from "../support/test";

const awake = "body[data-hydrated]";

test("a nickname is kept over visits, where the original page keeps it", async ({ visitor }) => {
  const page = await visitor();
  await page.goto("/");
  await expect(page.locator(awake)).toBeAttached();
  const nickname = page.locator("input#nickname");
  await expect(nickname).toHaveValue("");
  await nickname.fill("철수");
  await nickname.blur();
  await expect.poll(() => page.evaluate(() => localStorage.getItem("wschat.sender"))).toBe("철수");

  // Another page of the same browser, later.
  const later = await page.context().newPage();
  await page.close();
  await later.goto("/");
  await expect(later.locator("input#nickname")).toHaveValue("철수");
  const room = await new RoomPage(later).open("kept");
  await expect(later.locator("form#enter")).toHaveCount(0);
  await expect(later.locator("#welcome")).toContainText("철수");
  await expect(room.notices("ENTER", "철수")).toHaveCount(1);
});

test("who has no nickname is asked at the room's door", async ({ visitor }) => {
  const page = await visitor();
  await page.goto("/rooms/door");
  await expect(page.locator(awake)).toBeAttached();
  const form = page.locator("form#enter");
  await form.locator("input#nickname").fill("영희");
  await form.getByRole("button", { name: "들어가기" }).click();

  const room = new RoomPage(page);
  await room.ready();
  await expect(form).toHaveCount(0);
  await expect(page.locator("#welcome")).toContainText("영희");
  await expect(room.notices("ENTER", "영희")).toHaveCount(1);
  await room.say("들어왔습니다");
  await room.expectSaid("들어왔습니다");
  expect(await page.evaluate(() => localStorage.getItem("wschat.sender"))).toBe("영희");
});

test("a room made in the lobby can be entered, and is listed for others", async ({
  server,
  visitor,
}) => {
  const page = await visitor("철수");
  await page.goto("/");
  await expect(page.locator(awake)).toBeAttached();
  await page.locator("#create input#room-name").fill("점심 같이 먹어요 🍚");
  await page.locator("#create").getByRole("button", { name: "만들기" }).click();
  await expect.poll(async () => (await server.rooms()).map((room) => room.name)).toContain(
    "점심 같이 먹어요 🍚",
  );

  const other = await visitor("영희");
  await other.goto("/");
  await expect(other.locator(awake)).toBeAttached();
  const link = other.locator("ul#rooms a", { hasText: "점심 같이 먹어요 🍚" });
  await expect(link).toHaveAttribute("href", /^\/rooms\/[^/]+$/);
  await link.click();
  await expect(other).toHaveURL(/\/rooms\/[^/]+$/);
  await expect(other.getByRole("heading", { level: 1 })).toHaveText("점심 같이 먹어요 🍚");
  const room = new RoomPage(other);
  await room.ready();
  await room.say("같이 가요");
  await room.expectSaid("같이 가요");
});

for (const { locale, button, blank, long } of [
  {
    locale: "ko-KR",
    button: "만들기",
    blank: "방 이름을 입력하세요.",
    long: "방 이름은 64자까지 쓸 수 있습니다.",
  },
  {
    locale: "en-US",
    button: "Create",
    blank: "give the room a name",
    long: "a room's name has at most 64 characters",
  },
]) {
  test(`names that no room can have are refused, ${locale}`, async ({ server, visitor }) => {
    const page = await visitor("철수", { locale });
    await page.goto("/");
    await expect(page.locator(awake)).toBeAttached();
    const before = await server.rooms();
    const name = page.locator("#create input#room-name");
    const create = page.locator("#create").getByRole("button", { name: button });
    const alert = page.locator("#create").getByRole("alert");

    await name.fill("   ");
    await create.click();
    await expect(alert).toContainText(blank);

    await name.fill("방".repeat(65));
    await create.click();
    await expect(alert).toContainText(long);
    // What was typed is there to be shortened, not to be typed again.
    await expect(name).toHaveValue("방".repeat(65));
    expect(await server.rooms()).toEqual(before);
  });
}

test("from the room back to the lobby and into another, on one page", async ({ server, visitor }) => {
  const one = await server.createRoom("하나");
  const two = await server.createRoom("둘");
  const page = await visitor("철수");
  const room = await new RoomPage(page).open(one.roomId);
  await room.say("하나에서 한 말");
  await room.expectSaid("하나에서 한 말");

  await page.locator("a#leave").click();
  await expect(page).toHaveURL(/\/$/);
  await page.locator(`ul#rooms a[href="/rooms/${two.roomId}"]`).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("둘");
  await room.expectState("connected");
  await room.say("둘에서 한 말");
  await room.expectSaid("둘에서 한 말");
  await expect(room.row("하나에서 한 말")).toHaveCount(0);
  await room.expectWhole(2);
});
