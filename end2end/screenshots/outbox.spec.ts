// Writes target/screenshots/{waiting,failed,address,missing}-{wide,phone}-{light,dark}-{ko,en}.png.

import { join } from "node:path";

import type { Page } from "@playwright/test";

import { TARGET } from "../support/paths";
import { RoomPage } from "../support/room";
import { Speaker } from "../support/speaker";
import { expect, test } from "../support/test";

test.use({ restartable: true });

const SIZES = {
  wide: { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

/** The one message that waits is seen to wait: it has faded as far as it does, and says so. */
async function expectWaiting(page: Page) {
  const waiting = page.locator("li.pending:not(.failed)");
  await expect(waiting).toHaveCSS("opacity", "0.75");
  await expect(waiting.locator("small")).toHaveCSS("opacity", "1");
}

for (const [size, device] of Object.entries(SIZES)) {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [lang, locale, me, texts] of [
      ["ko", "ko-KR", "철수", ["방금 지하철이라 끊겼네요.", "다들 아직 계신가요?"]],
      ["en", "en-US", "Alice", ["I just went through a tunnel.", "Is everybody still here?"]],
    ] as const) {
      test(`${size} ${colorScheme} ${lang}`, async ({ server, visitor }) => {
        const younghee = await Speaker.enter(server, "subway", "영희");
        for (let line = 2; line <= 90; line++) {
          await younghee.say(line % 4 ? `${line}번째 이야기입니다 🚇` : `Line ${line}.\nAnd a second one.`);
        }
        const page = await visitor(me, { ...device, colorScheme, locale });
        let refuses = false;
        await page.routeWebSocket(/\/websc\//, (link) => {
          const upstream = link.connectToServer();
          link.onMessage((sent) => {
            const receipt = /SEND[\s\S]*receipt:(\S+)/.exec(sent.toString())?.[1];
            if (!refuses || !receipt) return upstream.send(sent);
            link.send(`ERROR\nmessage:no\nx-code:not_stored\nreceipt-id:${receipt}\n\n\0`);
            void link.close();
          });
        });
        const shoot = (name: string) =>
          page.screenshot({
            path: join(TARGET, "screenshots", `${name}-${size}-${colorScheme}-${lang}.png`),
          });
        await page.goto("/rooms/subway/m/30");
        await expect(page.locator("body[data-hydrated]")).toBeAttached();
        await expect(page.locator('[data-seq="30"]')).toBeInViewport();
        await shoot("address");
        await page.goto("/rooms/subway/m/999");
        await shoot("missing");
        const room = await new RoomPage(page).open("subway");
        refuses = true;
        for (const text of texts) await room.say(text);
        await expect(page.locator("li.failed")).toHaveCount(1);
        await expectWaiting(page);
        await shoot("failed");
        await page.locator("button.discard").first().click();
        refuses = false;
        await server.kill();
        await expect(room.connection).not.toHaveAttribute("data-state", "connected");
        await room.say(texts[0]);
        await expectWaiting(page);
        await shoot("waiting");
      });
    }
  }
}
