// Korean input: one Enter, one message, the whole text, whatever order the system's events take.

import { Ime, play, type Step } from "../support/ime";
import type { RoomPage } from "../support/room";
import type { Server } from "../support/server";
import { expect, test } from "../support/test";

const HELLO = [
  ["ㅎ", "하", "한"],
  ["ㄱ", "그", "글"],
];

/**
 * The room has heard exactly these. A last line is sent by the button, which no keyboard rule
 * touches: once it is there, a double of what came before would be there too.
 */
async function expectTalk(room: RoomPage, server: Server, roomId: string, texts: string[]) {
  for (const text of texts) await room.expectSaid(text);
  await room.composer.fill("끝.");
  await room.send.click();
  await room.expectSaid("끝.");
  const talk = (await server.messages(roomId)).filter((line) => line.type === "TALK");
  expect(talk.map((line) => line.message)).toEqual([...texts, "끝."]);
}

test.describe("through the browser's own input method", () => {
  test.skip(({ browserName }) => browserName !== "chromium", "composes by Chromium's protocol");

  test("a composed word, then Enter", async ({ person, server }) => {
    const room = await person("철수", "ime-word");
    const ime = await Ime.of(room.page);
    await room.composer.focus();
    await ime.type(HELLO);
    await expect(room.composer).toHaveValue("한글");
    await room.composer.press("Enter");
    await expectTalk(room, server, "ime-word", ["한글"]);
  });

  test("Enter in the middle of the last syllable, with a second Enter as on macOS", async ({
    person,
    server,
  }) => {
    const room = await person("철수", "ime-mac");
    const ime = await Ime.of(room.page);
    await room.composer.focus();
    await ime.type(HELLO);
    await ime.compose("요");
    // Sent without waiting in between, as the system delivers them.
    await Promise.all([ime.heldEnter(), ime.commit("요"), ime.cleanEnter()]);
    await expectTalk(room, server, "ime-mac", ["한글요"]);
  });

  test("Enter in the middle of the last syllable, without a second one as on Windows", async ({
    person,
    server,
  }) => {
    const room = await person("철수", "ime-win");
    const ime = await Ime.of(room.page);
    await room.composer.focus();
    await ime.type(HELLO);
    await ime.compose("요");
    await Promise.all([ime.heldEnter(), ime.commit("요"), ime.enterUp()]);
    await expectTalk(room, server, "ime-win", ["한글요"]);
  });

  test("the button in the middle of a syllable sends the whole text", async ({ person, server }) => {
    const room = await person("철수", "ime-button");
    const ime = await Ime.of(room.page);
    await room.composer.focus();
    await ime.type(HELLO);
    await ime.compose("요");
    await room.send.click();
    await expectTalk(room, server, "ime-button", ["한글요"]);
  });
});

/** A composition that stands in the box and is not committed yet. */
const open = (value: string, last: string): Step[] => [
  { is: "compositionstart", data: "" },
  { is: "compositionupdate", data: last, value },
];
const heldEnter: Step = { is: "keydown", keyCode: 229, composing: true };
const cleanEnter: Step = { is: "keydown", keyCode: 13, composing: false };
const enterUp: Step = { is: "keyup", keyCode: 13, composing: false };
const end = (last: string): Step => ({ is: "compositionend", data: last });

const ORDERS: [name: string, steps: Step[]][] = [
  ["macOS, and Windows where a second Enter comes", [...open("안녕", "녕"), heldEnter, end("녕"), cleanEnter, enterUp]],
  ["Windows where none comes", [...open("안녕", "녕"), heldEnter, end("녕"), enterUp]],
  [
    "Safari, whose Enter comes last and claims not to compose",
    [...open("안녕", "녕"), end("녕"), { is: "keydown", keyCode: 229, composing: false }, enterUp],
  ],
  [
    "a clean Enter before the composition ends",
    [...open("안녕", "녕"), cleanEnter, end("녕"), enterUp],
  ],
  ["no composition left open", [...open("안녕", "녕"), end("녕"), cleanEnter, enterUp]],
];

for (const [at, [name, steps]] of ORDERS.entries()) {
  test(`the order of ${name}: one message`, async ({ person, server }) => {
    const roomId = `ime-order-${at}`;
    const room = await person("철수", roomId);
    await play(room.composer, steps);
    await expectTalk(room, server, roomId, ["안녕"]);
  });
}

test("Japanese: the Enter that picks a candidate does not send", async ({ person, server }) => {
  const room = await person("하나코", "ime-kana");
  await play(room.composer, [...open("こんにちは", "こんにちは"), heldEnter, end("こんにちは"), enterUp]);
  await expect(room.composer).toHaveValue("こんにちは");
  await play(room.composer, [cleanEnter, enterUp]);
  await expectTalk(room, server, "ime-kana", ["こんにちは"]);
});

test("Shift+Enter right after a syllable makes a line and sends nothing", async ({ person, server }) => {
  const room = await person("철수", "ime-shift");
  await play(room.composer, [...open("안녕", "녕"), end("녕")]);
  await room.composer.press("End");
  await room.composer.press("Shift+Enter");
  await room.composer.pressSequentially("둘째 줄");
  await room.composer.press("Enter");
  await expectTalk(room, server, "ime-shift", ["안녕\n둘째 줄"]);
});
