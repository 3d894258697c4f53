// Bad networks and dying servers.
//
// The page's clock is Playwright's where a test waits for a back-off: it runs on by itself, and
// is wound forward instead of waited for, or stopped so that no timer can be what reconnects.

import { RoomPage } from "../support/room";
import type { Server } from "../support/server";
import { Speaker } from "../support/speaker";
import { expect, test } from "../support/test";

test.use({ restartable: true });

/** Winds the page's clock forward until the link is in this state. */
async function windUntil(room: RoomPage, state: string): Promise<void> {
  await expect
    .poll(
      async () => {
        if ((await room.connection.getAttribute("data-state")) !== state) {
          await room.page.clock.fastForward(10_000);
        }
        return room.connection.getAttribute("data-state");
      },
      { timeout: 60_000, intervals: [100] },
    )
    .toBe(state);
}

/** Stops the page's clock: no timer fires until it is wound or let run again. */
async function stopClock(room: RoomPage): Promise<void> {
  // The time to stop at must lie ahead of the page's own, whatever passes meanwhile.
  const now = await room.page.evaluate(() => Date.now());
  await room.page.clock.pauseAt(now + 5_000);
  // A try that ran out on the way there has failed: nobody was listening.
  await room.expectState("waiting");
}

/** Somebody whose page runs on Playwright's clock. */
async function wound(visitor: (nickname: string) => Promise<RoomPage["page"]>, roomId: string) {
  const page = await visitor("철수");
  await page.clock.install();
  return new RoomPage(page).open(roomId);
}

/** Counts from now on how often the link tries to connect. */
async function watchTries(room: RoomPage): Promise<() => Promise<number>> {
  const states = await room.connection.evaluateHandle((element) => {
    const seen: (string | null)[] = [];
    new MutationObserver(() => seen.push(element.getAttribute("data-state"))).observe(element, {
      attributeFilter: ["data-state"],
    });
    return seen;
  });
  return () => states.evaluate((seen) => seen.filter((state) => state === "connecting").length);
}

async function talk(server: Server, roomId: string): Promise<string[]> {
  const lines = await server.messages(roomId);
  return lines.filter((line) => line.type === "TALK").map((line) => line.message);
}

test("the server dies and comes back: the page does too, and has missed nothing", async ({
  server,
  visitor,
}) => {
  const room = await wound(visitor, "crash");
  await room.say("죽기 전에");
  await room.expectSaid("죽기 전에");

  await server.kill();
  await room.expectState("waiting");
  await stopClock(room);
  await server.restart();
  // With its clock stopped the page cannot come back before all this is said.
  const younghee = await Speaker.enter(server, "crash", "영희");
  for (let at = 1; at <= 20; at++) await younghee.say(`그동안 ${at}번째 말.`);

  await room.page.clock.resume();
  await windUntil(room, "connected");
  await room.expectSaid("그동안 20번째 말.");
  await younghee.say("이제는 함께.");
  await room.expectSaid("이제는 함께.");
  // 철수 in, one line; 영희 in, 21 lines. And nobody announced 철수 again.
  await room.expectWhole(24);
  await expect(room.notices("ENTER", "철수")).toHaveCount(1);
  await younghee.disconnect();
});

test("where a backup was restored meanwhile, the page shows what is there now", async ({
  server,
  visitor,
}) => {
  const room = await wound(visitor, "restored");
  await room.say("백업에 있는 말");
  await room.expectSaid("백업에 있는 말");
  const backup = await server.backUp();
  await room.say("백업에 없는 말");
  await room.expectSaid("백업에 없는 말");

  await server.kill();
  await room.expectState("waiting");
  await stopClock(room);
  await server.restore(backup);
  await server.restart();
  // Those take the places of what the page knows, and one more.
  const younghee = await Speaker.enter(server, "restored", "영희");
  await younghee.say("그 뒤의 말");

  await room.page.clock.resume();
  await windUntil(room, "connected");
  await room.expectSaid("그 뒤의 말");
  await room.expectSaid("백업에 있는 말");
  await expect(room.row("백업에 없는 말")).toHaveCount(0);
  // 철수 in, one line; 영희 in, one line.
  await room.expectWhole(4);
  await younghee.disconnect();
});

test("it comes back by itself, with nobody winding any clock", async ({ person, server }) => {
  const room = await person("철수", "alone");
  await server.kill();
  await expect(room.connection).not.toHaveAttribute("data-state", "connected");
  await server.restart();
  await expect(room.connection).toHaveAttribute("data-state", "connected", { timeout: 45_000 });
  await room.say("돌아왔습니다");
  await room.expectSaid("돌아왔습니다");
  await room.expectWhole(2);
});

test("a server that drains on SIGTERM is left and found again", async ({ person, server }) => {
  const room = await person("철수", "drain");
  await server.stop();
  await expect(room.connection).not.toHaveAttribute("data-state", "connected");
  await server.restart();
  await expect(room.connection).toHaveAttribute("data-state", "connected", { timeout: 45_000 });
  await room.say("다시 왔습니다");
  await room.expectSaid("다시 왔습니다");
});

test("what was taken as the server died appears exactly once", async ({ server, visitor }) => {
  const room = await wound(visitor, "dying");
  const taken: string[] = [];
  let dying: Promise<void> | undefined;
  for (let at = 1; at <= 20; at++) {
    const text = `죽는 사이 ${at}번째.`;
    await room.say(text);
    taken.push(text);
    // In the middle of it, without waiting: some lines are stored and answered, some may be
    // stored and not answered, some may never have arrived.
    if (at === 10) dying = server.kill();
  }
  await dying;
  await server.restart();
  await windUntil(room, "connected");

  for (const text of taken) await room.expectSaid(text);
  await expect(room.pending).toHaveCount(0);
  expect(await talk(server, "dying")).toEqual(taken);
  await room.expectWhole((await server.messages("dying")).length);
});

test("what is said while the server is away waits, and goes out afterwards by itself", async ({
  server,
  visitor,
}) => {
  const room = await wound(visitor, "away");
  await server.kill();
  await room.expectState("waiting");
  await stopClock(room);
  await room.say("지금은 못 보냅니다");
  await expect(room.composer).toHaveValue("");
  await expect(room.pending).toHaveText([/지금은 못 보냅니다/]);
  await expect(room.pending).toContainText("연결을 기다리는 중");

  await server.restart();
  await room.page.clock.resume();
  await windUntil(room, "connected");
  await room.expectSaid("지금은 못 보냅니다");
  await expect(room.pending).toHaveCount(0);
  expect(await talk(server, "away")).toEqual(["지금은 못 보냅니다"]);
});

test("while waiting, the button connects now", async ({ server, visitor }) => {
  const room = await wound(visitor, "now");
  await server.kill();
  await room.expectState("waiting");
  await stopClock(room);
  await server.restart();
  await room.expectState("waiting");
  await expect(room.reconnect).toHaveText("지금 연결");
  await room.reconnect.click();
  await room.expectState("connected");
  await expect(room.reconnect).toBeHidden();
});

test("after five failed tries it stops and offers a button, which works", async ({
  server,
  visitor,
}) => {
  const room = await wound(visitor, "five");
  const tries = await watchTries(room);
  const welcome = room.page.locator("#welcome");
  await expect(welcome).toContainText("방에 연결되었습니다");
  await server.kill();
  await windUntil(room, "stopped");
  await expect(welcome).toBeHidden();
  await expect(welcome).toBeEmpty();
  expect(await tries()).toBe(5);
  await expect(room.reconnect).toHaveText("다시 연결");

  // It has really stopped: an hour later it has not tried again.
  await room.page.clock.fastForward("01:00:00");
  await room.expectState("stopped");
  expect(await tries()).toBe(5);

  await server.restart();
  await room.reconnect.click();
  await room.expectState("connected");
  await room.say("다시 연결했습니다");
  await room.expectSaid("다시 연결했습니다");
  await room.expectWhole(2);
  await expect(welcome).toContainText("방에 연결되었습니다");
});

test("a network that is gone is noticed before any heart-beat is missed", async ({ person }) => {
  const room = await person("철수", "gone");
  const context = room.page.context();
  await context.setOffline(true);
  // Heart-beats would be missed after 20 s only.
  await expect(room.connection).not.toHaveAttribute("data-state", "connected", { timeout: 5_000 });
  await room.say("망이 없을 때");
  await expect(room.pending).toContainText("연결을 기다리는 중");
  await context.setOffline(false);
  await room.expectSaid("망이 없을 때");
  await room.expectState("connected");
  await room.expectWhole(2);
});

test("a browser that says offline is not believed where the server answers", async ({
  person,
  server,
}) => {
  const room = await person("철수", "believed");
  const tries = await watchTries(room);
  const asked = room.page.waitForResponse((answer) => answer.url().includes("/websc/info"));
  await room.page.evaluate(() => window.dispatchEvent(new Event("offline")));
  await (await asked).finished();
  await room.say("그래도 연결되어 있습니다");
  await room.expectSaid("그래도 연결되어 있습니다");
  await room.expectState("connected");
  expect(await tries()).toBe(0);
  const younghee = await Speaker.enter(server, "believed", "영희");
  await younghee.say("들리나요");
  await room.expectSaid("들리나요");
  expect(await tries()).toBe(0);
  await younghee.disconnect();
});

test("a network that is back connects at once, before any timer", async ({ server, visitor }) => {
  const room = await wound(visitor, "online");
  const context = room.page.context();
  await server.kill();
  await room.expectState("waiting");
  await context.setOffline(true);
  await stopClock(room);
  await server.restart();
  await room.expectState("waiting");

  await context.setOffline(false);
  await room.expectState("connected");
  await room.page.clock.resume();
  await room.say("망이 돌아왔습니다");
  await room.expectSaid("망이 돌아왔습니다");
});
