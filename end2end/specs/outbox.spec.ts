// What is said is not lost: it waits, over a reload too, goes out once and in order, or fails
// where everybody can see it.

import type { Page, WebSocketRoute } from "@playwright/test";

import { RoomPage } from "../support/room";
import type { Server } from "../support/server";
import { expect, test } from "../support/test";

test.use({ restartable: true });

async function talk(server: Server, roomId: string): Promise<string[]> {
  const lines = await server.messages(roomId);
  return lines.filter((line) => line.type === "TALK").map((line) => line.message);
}

/** The network to the server's sockets and their substitutes is cut; pages still load. */
async function cut(page: Page): Promise<() => Promise<void>> {
  const links: WebSocketRoute[] = [];
  let open = false;
  await page.routeWebSocket(/\/websc\//, async (link) => {
    if (!open) return link.close();
    links.push(link);
    link.connectToServer();
  });
  await page.route("**/websc/**", (route) => (open ? route.continue() : route.abort()));
  return async () => {
    open = true;
  };
}

/** Comes back by the button, whichever pause the link makes. */
async function reconnect(room: RoomPage): Promise<void> {
  await expect(async () => {
    if ((await room.connection.getAttribute("data-state")) !== "connected") {
      await room.reconnect.click({ timeout: 1_000 });
    }
    await expect(room.connection).toHaveAttribute("data-state", "connected", { timeout: 2_000 });
  }).toPass({ timeout: 45_000 });
}

/** What this browser keeps of what is to be said. */
function kept(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    Object.entries(localStorage)
      .filter(([key]) => key.startsWith("roomside.outbox/"))
      .map(([, value]) => value as string),
  );
}

test("three messages typed offline survive a reload, and go out once, in order", { tag: "@postgres" }, async ({
  server,
  visitor,
}) => {
  const page = await visitor("철수");
  const heal = await cut(page);
  const room = new RoomPage(page);
  await page.goto("/rooms/offline");
  await expect(page.locator("body[data-hydrated]")).toBeAttached();
  await expect(room.connection).toHaveAttribute("data-state", "waiting");
  for (const text of ["하나", "둘\n둘째 줄", "셋 🙂"]) await room.say(text);
  await expect(room.pending).toHaveText([/하나/, /둘/, /셋 🙂/]);

  await page.reload();
  await expect(room.pending).toHaveText([/하나/, /둘/, /셋 🙂/]);
  expect(await talk(server, "offline")).toEqual([]);

  await heal();
  await reconnect(room);
  await room.expectSaid("셋 🙂");
  await expect(room.pending).toHaveCount(0);
  expect(await talk(server, "offline")).toEqual(["하나", "둘\n둘째 줄", "셋 🙂"]);
  expect(await kept(page)).toEqual([]);
  await room.expectWhole(4);

  await page.reload();
  await room.ready();
  await room.expectWhole(4);
  await expect(room.pending).toHaveCount(0);
});

test("two pages of one visitor share what waits, and it is said once", async ({
  server,
  visitor,
}) => {
  const page = await visitor("철수");
  const second = await page.context().newPage();
  const heal = [await cut(page), await cut(second)];
  const rooms = [new RoomPage(page), new RoomPage(second)];
  await page.goto("/rooms/two");
  await expect(rooms[0].connection).toHaveAttribute("data-state", "waiting");
  await rooms[0].say("첫째 창에서");
  await expect(rooms[0].pending).toHaveCount(1);
  await second.goto("/rooms/two");
  await expect(rooms[1].pending).toHaveText([/첫째 창에서/]);
  await rooms[1].say("둘째 창에서");
  await expect(rooms[1].pending).toHaveCount(2);
  await rooms[0].say("다시 첫째 창에서");
  await expect(rooms[0].pending).toHaveText([/첫째 창/, /둘째 창/, /다시 첫째/]);

  for (const go of heal) await go();
  for (const room of rooms) await reconnect(room);
  for (const room of rooms) {
    await room.expectSaid("다시 첫째 창에서");
    await expect(room.pending).toHaveCount(0);
  }
  expect(await talk(server, "two")).toEqual(["첫째 창에서", "둘째 창에서", "다시 첫째 창에서"]);
  expect(await kept(page)).toEqual([]);
});

for (const rubbish of ["[]", "{", "01920000-0000-7000-8000-0000000000019999:짧다", "\0".repeat(99)]) {
  test(`what is kept and cannot be read is ignored: ${JSON.stringify(rubbish).slice(0, 40)}`, async ({
    server,
    visitor,
  }) => {
    const page = await visitor("철수");
    await page.goto("/");
    await page.evaluate(
      (value) => localStorage.setItem("roomside.outbox/torn/철수", value),
      rubbish,
    );
    const room = await new RoomPage(page).open("torn");
    await expect(room.pending).toHaveCount(0);
    await room.say("그래도 말한다");
    await room.expectSaid("그래도 말한다");
    expect(await talk(server, "torn")).toEqual(["그래도 말한다"]);
    expect(await kept(page)).toEqual([]);
  });
}

test("where nothing can be kept, it is said as well", async ({ server, visitor }) => {
  const page = await visitor();
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    Storage.prototype.getItem = (key) => (key === "wschat.sender" ? "철수" : null);
  });
  const room = await new RoomPage(page).open("private");
  await room.say("하나");
  await room.say("둘");
  await room.expectSaid("둘");
  await server.kill();
  await expect(room.connection).not.toHaveAttribute("data-state", "connected");
  await room.say("셋");
  await expect(room.pending).toHaveText([/셋/]);
  await server.restart();
  await reconnect(room);
  await room.expectSaid("셋");
  expect(await talk(server, "private")).toEqual(["하나", "둘", "셋"]);
});

/**
 * A server that refuses a SEND whose body has `word`, with these headers, as long as `refuses`.
 */
async function refusing(page: Page, word: string, headers: string[], refuses: () => boolean) {
  await page.routeWebSocket(/\/websc\//, (link) => {
    const server = link.connectToServer();
    let ended = false;
    link.onMessage((sent) => {
      if (ended) return;
      const frame = sent.toString();
      if (!refuses() || !frame.includes(word)) return server.send(sent);
      ended = true;
      const receipt = /receipt:(\S+)/.exec(frame)?.[1];
      link.send(["ERROR", "message:no", `receipt-id:${receipt}`, ...headers, "", "\0"].join("\n"));
      void link.close();
    });
  });
}

test("what is refused has failed, with its reason; the rest waits behind it", async ({
  server,
  visitor,
}) => {
  const page = await visitor("철수");
  let refuses = true;
  await refusing(page, "둘", ["x-code:text_too_long"], () => refuses);
  const room = await new RoomPage(page).open("failed");
  await room.say("하나");
  await room.expectSaid("하나");
  await room.say("둘");
  const failed = page.locator("li.failed");
  await expect(failed).toHaveCount(1);
  await expect(failed).toContainText("메시지는 4000자까지 보낼 수 있습니다.");
  await room.say("셋");
  await reconnect(room);
  await expect(room.pending).toHaveText([/둘/, /셋/]);
  expect(await talk(server, "failed")).toEqual(["하나"]);

  // Sent again it may fail again, and then not.
  await failed.getByRole("button", { name: "다시 보내기" }).click();
  await expect(room.connection).not.toHaveAttribute("data-state", "connected");
  await reconnect(room);
  await expect(failed).toHaveCount(1);
  refuses = false;
  await failed.getByRole("button", { name: "다시 보내기" }).click();
  await room.expectSaid("셋");
  await expect(room.pending).toHaveCount(0);
  expect(await talk(server, "failed")).toEqual(["하나", "둘", "셋"]);
});

test("what has failed can be thrown away, and the rest goes out", async ({ server, visitor }) => {
  const page = await visitor("Bob", { locale: "en-US" });
  await refusing(page, "never", [], () => true);
  const room = await new RoomPage(page).open("discard");
  await room.say("never");
  const failed = page.locator("li.failed");
  await expect(failed).toContainText("no");
  await room.say("always");
  await reconnect(room);
  await failed.getByRole("button", { name: "Discard" }).click();
  await room.expectSaid("always");
  await expect(room.pending).toHaveCount(0);
  expect(await talk(server, "discard")).toEqual(["always"]);
  expect(await kept(page)).toEqual([]);
});

test("a server that says when to try again is asked again then", async ({ server, visitor }) => {
  const page = await visitor("철수");
  let refusals = 0;
  await refusing(page, "둘", ["x-retry:1", "x-code:not_stored"], () => ++refusals < 4);
  const room = await new RoomPage(page).open("retry");
  await room.say("하나");
  await room.say("둘");
  await room.say("셋");
  await expect(room.row("셋")).toHaveCount(1, { timeout: 30_000 });
  await expect(page.locator("li.failed")).toHaveCount(0);
  await expect(room.pending).toHaveCount(0);
  expect(await talk(server, "retry")).toEqual(["하나", "둘", "셋"]);
});
