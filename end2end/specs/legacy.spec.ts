// Clients of the Spring days, unchanged, in one room with ours.

import { LegacyPage, serveLegacy } from "../support/legacy";
import type { RoomPage } from "../support/room";
import { expect, test as base } from "../support/test";

const test = base.extend({
  baseURL: async ({ server }, use) => {
    const gateway = await serveLegacy(server.url);
    await use(gateway.url);
    await gateway.close();
  },
});

test.describe("jQuery, sockjs-client 1.1.2, stomp-websocket 2.3.3", () => {
  test("talks with our page both ways", async ({ person, visitor }) => {
    const ours = await person("영희", "notes");
    await ours.say("먼저 한 말");
    await ours.expectSaid("먼저 한 말");

    const legacy = await LegacyPage.open(await visitor("철수"), "notes.html", "notes");
    await expect(ours.notices("ENTER", "철수")).toHaveCount(1);
    await legacy.say("안녕하세요, 옛날 페이지입니다 🙂");
    await ours.expectSaid("안녕하세요, 옛날 페이지입니다 🙂");
    await ours.say("반갑습니다, 새 페이지입니다 🎉");

    // As with Spring: it hears what is said from its coming on, its own coming first.
    await legacy.expectLines([
      "[알림] : 철수님이 입장했습니다.",
      "철수 : 안녕하세요, 옛날 페이지입니다 🙂",
      "영희 : 반갑습니다, 새 페이지입니다 🎉",
    ]);
    await ours.expectWhole(5);
  });

  test("two old pages talk with each other", async ({ visitor }) => {
    const one = await LegacyPage.open(await visitor("철수"), "notes.html", "both-old");
    await one.expectLines(["[알림] : 철수님이 입장했습니다."]);
    const two = await LegacyPage.open(await visitor("영희"), "notes.html", "both-old");
    await two.expectLines(["[알림] : 영희님이 입장했습니다."]);
    await two.say("들려요?");
    await one.say("잘 들려요.");
    await expect(one.output).toHaveValue(/영희 : 들려요\?\n/);
    await expect(two.output).toHaveValue(/철수 : 잘 들려요\.\n/);
    await expect(one.output).toHaveValue(/철수 : 잘 들려요\.\n/);
  });

  // 2.3.3 cuts a frame at every 16 Ki UTF-16 units, wherever that is. The padding, a field that
  // nobody knows, puts the cut into the emoji; one of the two goes through the middle of one.
  for (const padding of [15_000, 15_001]) {
    test(`a frame that it cuts arrives whole, cut after ${padding}`, async ({ person, visitor }) => {
      const ours = await person("영희", `cut-${padding}`);
      const page = await visitor("철수");
      const legacy = await LegacyPage.open(page, "notes.html", `cut-${padding}`);
      const long = "🙂".repeat(1_000);
      await page.evaluate(
        ([padding, message]) => {
          const { ws, roomId, sender } = window as unknown as Record<string, string> & {
            ws: { send(to: string, headers: object, body: string): void };
          };
          const body = { padding, type: "TALK", roomId, sender, message };
          ws.send("/app/chat/message", {}, JSON.stringify(body));
        },
        ["x".repeat(padding), long],
      );
      await ours.expectSaid(long);
      await legacy.expectLines(["[알림] : 철수님이 입장했습니다.", `철수 : ${long}`]);
    });
  }

  test("disconnects, comes back, and is not announced twice", async ({ person, visitor }) => {
    const ours = await person("영희", "old-again");
    const legacy = await LegacyPage.open(await visitor("철수"), "notes.html", "old-again");
    await legacy.say("하나");
    await ours.expectSaid("하나");

    await legacy.page.locator("#disconnect").click();
    await legacy.expectState("disconnected");
    await ours.say("없는 사이에");
    await ours.expectSaid("없는 사이에");

    await legacy.page.locator("#connect").click();
    await legacy.expectState("connected");
    await legacy.say("둘");
    await ours.expectSaid("둘");
    await expect(legacy.output).toHaveValue(/철수 : 하나\n(.*\n)*철수 : 둘\n$/);
    await expect(ours.notices("ENTER", "철수")).toHaveCount(1);
    await expect(ours.notices("LEAVE", "철수")).toHaveCount(0);
  });

  test.describe("when the server dies", () => {
    test.use({ restartable: true });

    test("its own way back after ten seconds works", async ({ server, visitor }) => {
      const page = await visitor("철수");
      await page.clock.install();
      const legacy = await LegacyPage.open(page, "notes.html", "old-crash");
      await server.kill();
      await legacy.expectState("lost");
      await server.restart();
      await page.clock.fastForward(10_000);
      await legacy.expectState("connected");
      await legacy.say("다시 왔습니다");
      await expect(legacy.output).toHaveValue(/철수 : 다시 왔습니다\n$/);
    });
  });
});

test.describe("@stomp/stompjs 7 on a bare WebSocket", () => {
  const noError = async (legacy: LegacyPage) =>
    expect(legacy.page.locator("body")).not.toHaveAttribute("data-error", /./);

  async function talk(ours: RoomPage, legacy: LegacyPage) {
    await legacy.say("일곱째 판에서 인사합니다 🙂");
    await ours.expectSaid("일곱째 판에서 인사합니다 🙂");
    await ours.say("어서 오세요 🎉");
    await expect(legacy.output).toHaveValue(/영희 : 어서 오세요 🎉\n$/);
  }

  test("talks with our page both ways, in STOMP 1.2", async ({ person, visitor }) => {
    const ours = await person("영희", "v7");
    const legacy = await LegacyPage.open(await visitor("철수"), "stompjs7.html", "v7");
    await expect(legacy.page.locator("body")).toHaveAttribute("data-version", "1.2");
    await talk(ours, legacy);
    await legacy.expectLines([
      "[알림] : 철수님이 입장했습니다.",
      "철수 : 일곱째 판에서 인사합니다 🙂",
      "영희 : 어서 오세요 🎉",
    ]);
    await noError(legacy);
  });

  test("every receipt comes, once what it is for is done", async ({ server, visitor }) => {
    const legacy = await LegacyPage.open(await visitor("철수"), "stompjs7.html", "receipts");
    await expect(legacy.receipts).toHaveText(["SUBSCRIBE", "ENTER"]);
    await legacy.say("하나");
    await legacy.say("둘");
    await expect(legacy.receipts).toHaveText(["SUBSCRIBE", "ENTER", "TALK 하나", "TALK 둘"]);
    // A RECEIPT means that it is on disk.
    await server.kill();
    await server.restart();
    const stored = (await server.messages("receipts")).map((line) => line.message);
    expect(stored.slice(0, 3)).toEqual(["철수님이 입장했습니다.", "하나", "둘"]);
  });

  test("deactivate gets its receipt and ends", async ({ person, visitor }) => {
    const ours = await person("영희", "v7-end");
    const legacy = await LegacyPage.open(await visitor("철수"), "stompjs7.html", "v7-end");
    await talk(ours, legacy);
    await legacy.page.locator("#deactivate").click();
    await legacy.expectState("deactivated");
  });

  test("x-since replays the room's log, joined to what comes live", async ({ person, visitor }) => {
    const ours = await person("영희", "v7-since");
    for (const text of ["하나", "둘", "셋"]) await ours.say(text);
    await ours.expectWhole(4);
    const legacy = await LegacyPage.open(
      await visitor("철수"),
      "stompjs7.html",
      "v7-since",
      { since: "2" },
    );
    await ours.expectWhole(5);
    await ours.say("넷");
    await legacy.expectLines([
      "영희 : 둘",
      "영희 : 셋",
      "[알림] : 철수님이 입장했습니다.",
      "영희 : 넷",
    ]);
    await noError(legacy);
  });
});
