// Networks that block: the page finds a way through by itself, and says which.

import type { Page } from "@playwright/test";

import { type AnswerRule, Office, type WebSocketRule } from "../support/office";
import { RoomPage } from "../support/room";
import { Speaker } from "../support/speaker";
import { expect, test as base } from "../support/test";

/** How long the page may take to try everything, five and five and ten seconds, on a busy machine. */
const ROUND_MS = 40_000;

const RECORD = "roomside.transport";

const test = base.extend<{ office: Office }>({
  office: async ({ server }, use) => {
    const office = await Office.start(server.url);
    await use(office);
    await office.close();
  },
  baseURL: async ({ office }, use) => use(office.url),
});

/** Opens the room, however long the page has to look for a way. */
async function open(page: Page, roomId: string): Promise<RoomPage> {
  await page.goto(`/rooms/${roomId}`);
  return stands(page);
}

async function stands(page: Page): Promise<RoomPage> {
  const room = new RoomPage(page);
  await expect(page.locator("body[data-hydrated]")).toBeAttached();
  await expect(room.connection).toHaveAttribute("data-state", "connected", { timeout: ROUND_MS });
  return room;
}

async function expectTransport(room: RoomPage, name: string): Promise<void> {
  await expect(room.page.locator("#transport")).toHaveAttribute("data-transport", name);
}

async function recorded(page: Page): Promise<string | undefined> {
  const record = await page.evaluate((key) => localStorage.getItem(key), RECORD);
  return record?.split(" ")[0];
}

const NETWORKS: [WebSocketRule, AnswerRule, string][] = [
  ["passed", "passed", "websocket"],
  ["refused", "passed", "xhr_streaming"],
  ["swallowed", "passed", "xhr_streaming"],
  ["closed", "passed", "xhr_streaming"],
  ["mute", "passed", "xhr_streaming"],
  ["refused", "refused", "xhr"],
  ["refused", "buffered", "xhr"],
  ["mute", "buffered", "xhr"],
];

for (const [websocket, answers, transport] of NETWORKS) {
  test(`WebSocket ${websocket}, streaming ${answers}: the conversation holds over ${transport}`, async ({
    office,
    server,
    visitor,
  }) => {
    office.websocket = websocket;
    office.answers = answers;
    const younghee = await Speaker.enter(server, "office", "영희");
    const page = await visitor("철수");
    const chulsoo = await open(page, "office");
    await expectTransport(chulsoo, transport);

    await chulsoo.say("안녕하세요 🙂");
    await chulsoo.expectSaid("안녕하세요 🙂");
    await younghee.say("반가워요 👩‍👩‍👧‍👦");
    await chulsoo.expectSaid("반가워요 👩‍👩‍👧‍👦");

    // Everything breaks off; what is said meanwhile is not missed, and nobody is announced again.
    office.gateway.sever();
    await younghee.say("끊긴 사이에 한 말");
    await chulsoo.expectSaid("끊긴 사이에 한 말", ROUND_MS);
    await stands(page);
    await expectTransport(chulsoo, transport);
    await chulsoo.say("돌아왔습니다");
    await chulsoo.expectSaid("돌아왔습니다");
    await expect.poll(() => younghee.heard.map((line) => line.message)).toContain("돌아왔습니다");

    // Two ENTER lines, four TALK lines.
    await chulsoo.expectWhole(6);
    await expect(chulsoo.pending).toHaveCount(0);
    await expect(chulsoo.notices("ENTER", "철수")).toHaveCount(1);
    expect(await recorded(page)).toBe(transport);
    await younghee.disconnect();
  });
}

test("a line whose answer is lost on its way is noticed, and asked for again", async ({
  office,
  server,
  visitor,
}) => {
  office.websocket = "refused";
  office.answers = "refused";
  const younghee = await Speaker.enter(server, "lost", "영희");
  const room = await open(await visitor("철수"), "lost");
  await expectTransport(room, "xhr");
  // The browser sends the poll again by itself, on a connection that it had kept.
  office.losing = true;
  await younghee.say("들리나요?");
  await room.expectSaid("들리나요?", ROUND_MS);
  expect(office.losing).toBe(false);
  await room.expectWhole(3);
  await younghee.disconnect();
});

test("a browser that has no WebSocket to give talks all the same", async ({ visitor }) => {
  const page = await visitor("철수");
  await page.addInitScript(() => {
    window.WebSocket = class {
      constructor() {
        throw new DOMException("forbidden here", "SecurityError");
      }
    } as unknown as typeof WebSocket;
  });
  const room = await open(page, "none");
  await expectTransport(room, "xhr_streaming");
  await room.say("그래도 됩니다");
  await room.expectSaid("그래도 됩니다");
});

test("the connection details name the transport, in Korean and English", async ({
  office,
  visitor,
}) => {
  office.websocket = "refused";
  const page = await visitor("철수");
  const room = await open(page, "details");
  const details = page.locator("#details");
  const transport = page.locator("#transport");
  await expect(transport).toBeHidden();
  await details.locator("summary", { hasText: "연결 정보" }).click();
  await expect(transport).toHaveText("전송 방식: HTTP 스트리밍(xhr-streaming)");
  await expect(details).toContainText("웹소켓이 열리지 않아");

  await page.locator(".languages [data-lang=en]").click();
  await expect(details.locator("summary")).toHaveText("Connection details");
  await expect(transport).toHaveText("Transport: HTTP streaming (xhr-streaming)");
  await expect(details).toContainText("did not let a WebSocket through");

  // With WebSocket there is nothing to explain.
  office.websocket = "passed";
  await page.evaluate((key) => localStorage.removeItem(key), RECORD);
  await page.reload();
  await stands(page);
  await details.locator("summary").click();
  await expect(transport).toHaveText("Transport: WebSocket");
  await expect(details.locator(".hint")).toBeHidden();
  await room.say("done");
  await room.expectSaid("done");
});

test("what worked is tried first the next time, and WebSocket again after a day", async ({
  office,
  visitor,
}) => {
  office.websocket = "refused";
  office.answers = "refused";
  const page = await visitor("철수");
  await expectTransport(await open(page, "again"), "xhr");
  const asked = () => ["websocket", "xhr_streaming"].map((what) => office.count(what));
  const before = asked();

  await page.reload();
  await expectTransport(await stands(page), "xhr");
  expect(asked(), "tries before polling").toEqual(before);
  expect(await recorded(page)).toBe("xhr");

  office.websocket = "passed";
  await page.evaluate((key) => {
    localStorage.setItem(key, `xhr ${Date.now() - 24 * 60 * 60 * 1_000}`);
  }, RECORD);
  await page.reload();
  await expectTransport(await stands(page), "websocket");
  expect(await recorded(page)).toBe("websocket");
});

test("a record that is none does no harm", async ({ visitor }) => {
  const page = await visitor("철수");
  await page.addInitScript((key) => localStorage.setItem(key, "telepathy \u0000"), RECORD);
  await expectTransport(await open(page, "record"), "websocket");
});

test("in another network WebSocket is tried again", async ({ office, visitor }) => {
  office.websocket = "refused";
  office.answers = "refused";
  const page = await visitor("철수");
  const room = await open(page, "moved");
  await expectTransport(room, "xhr");

  await page.context().setOffline(true);
  await expect(room.connection).not.toHaveAttribute("data-state", "connected");
  office.websocket = "passed";
  await page.context().setOffline(false);
  await stands(page);
  await expectTransport(room, "websocket");
});

test("one failure of WebSocket where it has worked is not held against it", async ({
  office,
  visitor,
}) => {
  const page = await visitor("철수");
  const room = await open(page, "chance");
  expect(await recorded(page)).toBe("websocket");

  office.websocket = "refused";
  office.gateway.sever();
  await expectTransport(room, "xhr_streaming");
  await stands(page);
  expect(await recorded(page)).toBeUndefined();

  office.websocket = "passed";
  await page.reload();
  await expectTransport(await stands(page), "websocket");
});

test("what is cut short again and again gives way to polling", async ({
  office,
  server,
  visitor,
}) => {
  test.slow();
  office.websocket = "cut";
  office.answers = "cut";
  const younghee = await Speaker.enter(server, "cuts", "영희");
  const page = await visitor("철수");
  const room = await open(page, "cuts");
  await expect(page.locator("#transport")).toHaveAttribute("data-transport", "xhr", {
    timeout: 90_000,
  });
  await stands(page);
  await younghee.say("아직 거기 있어요?");
  await room.expectSaid("아직 거기 있어요?");
  await room.say("네, 여기 있어요");
  await room.expectSaid("네, 여기 있어요");
  await room.expectWhole(4);
  await expect(room.notices("ENTER", "철수")).toHaveCount(1);
  await younghee.disconnect();
});

test("a server that has no WebSocket says so, and nobody waits five seconds", async ({
  office,
  visitor,
}) => {
  office.websocket = "swallowed";
  office.info = { websocket: false, cookie_needed: false, origins: ["*:*"], entropy: 1 };
  const page = await visitor("철수");
  // The page's time stands still but for what it is given, so that no budget can run out.
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 60_000);
  await page.goto("/rooms/told");
  await expect(page.locator("body[data-hydrated]")).toBeAttached();
  await expect.poll(() => office.count("websocket")).toBe(1);
  await page.clock.runFor(1_100);
  await stands(page);
  await expectTransport(new RoomPage(page), "xhr_streaming");
});

for (const answers of ["passed", "refused"] as const) {
  const transport = answers === "passed" ? "xhr_streaming" : "xhr";

  test(`over ${transport} all lines of a hurried talk arrive, in order, by one post at a time`, async ({
    office,
    server,
    visitor,
  }) => {
    office.websocket = "refused";
    office.answers = answers;
    const younghee = await Speaker.enter(server, "hurry", "영희");
    const room = await open(await visitor("철수"), "hurry");
    const own = Array.from({ length: 20 }, (_, at) => `철수의 말 ${at + 1}. 🙂`);
    const theirs = Array.from({ length: 20 }, (_, at) => `영희의 말 ${at + 1}. 🙃`);
    await Promise.all([
      (async () => {
        for (const text of own) await room.say(text);
      })(),
      (async () => {
        for (const text of theirs) await younghee.say(text);
      })(),
    ]);
    await room.expectWhole(42);
    const lines = (await server.messages("hurry")).map((line) => line.message);
    expect(lines.filter((line) => line.startsWith("철수의"))).toEqual(own);
    expect(lines.filter((line) => line.startsWith("영희의"))).toEqual(theirs);
    expect(office.mostPosts).toBe(1);
    await younghee.disconnect();
  });

  test(`over ${transport} the longest lines pass, and a full answer is followed by the next`, async ({
    office,
    server,
    visitor,
  }) => {
    office.websocket = "refused";
    office.answers = answers;
    const younghee = await Speaker.enter(server, "long", "영희");
    const room = await open(await visitor("철수"), "long");
    const longest = (at: number) => `${at}번째 `.padEnd(4_000, "긴");
    // Each is 12 KB: together more than the 128 KiB after which the server ends a stream.
    for (let at = 1; at <= 12; at++) await younghee.say(longest(at));
    await room.say(longest(13));
    await room.say(longest(14));
    await room.expectWhole(16);
    expect((await server.messages("long")).at(-1)?.message).toBe(longest(14));
    expect(office.count(transport)).toBeGreaterThan(1);
    // It was one session all the while.
    expect(office.said("CONNECT")).toBe(1);
    await younghee.disconnect();
  });

  test(`over ${transport} a page that goes says so`, async ({ office, server, visitor }) => {
    office.websocket = "refused";
    office.answers = answers;
    const { roomId } = await server.createRoom("다음 방");
    const page = await visitor("철수");
    await open(page, "leaving");
    // To the lobby, within the page.
    await page.locator("a#leave").click();
    await expect(page).toHaveURL(/\/$/);
    await expect.poll(() => office.said("UNSUBSCRIBE")).toBe(1);
    await expect.poll(() => office.said("DISCONNECT")).toBe(1);

    await page.locator(`ul#rooms a[href="/rooms/${roomId}"]`).click();
    await stands(page);
    expect(office.said("SUBSCRIBE")).toBe(2);
    // By the visitor's hand, with the window.
    await page.close({ runBeforeUnload: true });
    await expect.poll(() => office.said("DISCONNECT")).toBe(2);
  });

  test(`over ${transport} the last words before the window closes are heard`, async ({
    office,
    server,
    visitor,
  }) => {
    office.websocket = "refused";
    office.answers = answers;
    const page = await visitor("철수");
    const room = await open(page, "last");
    await room.say("먼저 갑니다");
    await page.close({ runBeforeUnload: true });
    await expect
      .poll(async () => (await server.messages("last")).map((line) => line.message))
      .toContain("먼저 갑니다");
  });
}
