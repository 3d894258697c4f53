// Writes target/screenshots/{lobby,room,transports}-{wide,phone}-{light,dark}-{ko,en}.png.

import { join } from "node:path";

import { TARGET } from "../support/paths";
import { RoomPage } from "../support/room";
import type { Server } from "../support/server";
import { Speaker } from "../support/speaker";
import { expect, test } from "../support/test";

const SIZES = {
  wide: { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

const TALK: [who: string, text: string][] = [
  ["철수", "다들 안녕하세요! 오늘 점심 같이 드실 분? 🍚"],
  ["영희", "저요! 그런데 열두 시 반은 되어야 나갈 수 있어요."],
  ["Alice", "Me too. Is the new noodle place open on Fridays?"],
  ["철수", "네, 금요일에도 열어요. Yes, it is open on Fridays 🙂"],
  ["철수", "자리가 좁으니 제가 먼저 가서 맡아 둘게요."],
  ["민수", "저는 도시락을 싸 왔어요… 다음에 꼭 불러 주세요 🙏"],
  ["Alice", "Great, see you at 12:30!\nI will bring the board game back as well."],
  ["영희", "보드게임 좋아요 🎲🎲"],
];

/** Rooms to choose from, and a room with people talking in it. Gives that room's id. */
async function seed(server: Server): Promise<string> {
  const { roomId } = await server.createRoom("점심 같이 먹어요 🍚");
  for (const name of ["러스트 공부방", "Book club", "주말 등산 모임"]) await server.createRoom(name);
  const speakers = new Map<string, Speaker>();
  for (const [who, text] of TALK) {
    const speaker = speakers.get(who) ?? (await Speaker.enter(server, roomId, who));
    speakers.set(who, speaker);
    await speaker.say(text);
  }
  return roomId;
}

for (const [size, device] of Object.entries(SIZES)) {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [lang, locale, me] of [
      ["ko", "ko-KR", "영희"],
      ["en", "en-US", "Alice"],
    ]) {
      test(`${size} ${colorScheme} ${lang}`, async ({ server, visitor }) => {
        const roomId = await seed(server);
        const page = await visitor(me, { ...device, colorScheme, locale });
        const shoot = (name: string, options = {}) =>
          page.screenshot({
            ...options,
            path: join(TARGET, "screenshots", `${name}-${size}-${colorScheme}-${lang}.png`),
            animations: "disabled",
          });
        await page.goto("/");
        await expect(page.locator("body[data-hydrated]")).toBeAttached();
        await expect(page.locator("ul#rooms a")).not.toHaveCount(0);
        await shoot("lobby");
        const room = await new RoomPage(page).open(roomId);
        await room.expectSaid("보드게임 좋아요");
        await shoot("room");
        await page.goto("/transports");
        await page.locator("button#measure").click();
        await expect(page.locator("button#measure")).toBeEnabled({ timeout: 30_000 });
        await shoot("transports", { fullPage: true });
      });
    }
  }
}
