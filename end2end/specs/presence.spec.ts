// Leaving. Slow by nature: the room gives who drops out some seconds to come back.

import { expect, test } from "../support/test";

/** A little less than the server's grace of 15 s, for clocks are read on both sides. */
const GRACE_MS = 14_000;

test("who is gone has left after the grace; who came back within it never left", async ({
  person,
  server,
}) => {
  const younghee = await person("영희", "leave");
  const minsu = await person("민수", "leave");
  const chulsoo = await person("철수", "leave");
  await expect(younghee.notices("ENTER", "철수")).toHaveCount(1);

  // 민수 goes first and comes back; 철수 goes after him. If going away for a moment counted,
  // the room would hear of 민수 before it hears of 철수.
  await minsu.page.goto("about:blank");
  await minsu.open("leave");
  const goneAt = Date.now();
  await chulsoo.page.context().close();

  await expect(younghee.notices("LEAVE", "철수")).toHaveCount(1, { timeout: 30_000 });
  await expect(younghee.notices("LEAVE", "철수")).toContainText("[알림] : 철수님이 퇴장했습니다.");
  await expect(younghee.notices("LEAVE", "민수")).toHaveCount(0);
  await expect(younghee.notices("ENTER", "민수")).toHaveCount(1);
  await younghee.expectWhole(4);

  const left = (await server.messages("leave")).filter((line) => line.type === "LEAVE");
  expect(left.map((line) => line.sender)).toEqual(["철수"]);
  expect(Date.parse(left[0].createdAt) - goneAt).toBeGreaterThanOrEqual(GRACE_MS);
});
