// Editing and deleting one's own messages, as a second browser sees it.

import type { Locator } from "@playwright/test";

import type { RoomPage } from "../support/room";
import { expect, test } from "../support/test";

function act(row: Locator, name: "고치기" | "삭제"): Locator {
  return row.getByRole("button", { name, exact: true });
}

/** Edits by keyboard alone. */
async function edit(room: RoomPage, from: string, to: string): Promise<void> {
  await act(room.row(from), "고치기").focus();
  await room.page.keyboard.press("Enter");
  const box = room.page.locator("#edited");
  await expect(box).toBeFocused();
  await expect(box).toHaveValue(from);
  await box.fill(to);
  await room.page.keyboard.press("Tab");
  await room.page.keyboard.press("Enter");
  await expect(room.page.locator("#edit")).toBeHidden();
}

test("an edit reaches everybody and marks the message", { tag: "@postgres" }, async ({ person }) => {
  const chulsoo = await person("철수", "edit");
  const younghee = await person("영희", "edit");
  await chulsoo.say("안녕하새요");
  await younghee.expectSaid("안녕하새요");

  await edit(chulsoo, "안녕하새요", "안녕하세요");
  for (const room of [chulsoo, younghee]) {
    await expect(room.row("안녕하세요")).toHaveClass(/(^| )edited( |$)/);
    await expect(room.row("안녕하새요")).toHaveCount(0);
    // Two came in and one spoke: the edit itself is no row.
    await expect(room.rows).toHaveCount(3);
  }
  // As it was rewritten in the log.
  await younghee.page.reload();
  await expect(younghee.row("안녕하세요")).toHaveClass(/(^| )edited( |$)/);
  const mark = await younghee.row("안녕하세요").locator(".about").evaluate((about) => getComputedStyle(about, "::before").content);
  expect(mark).toContain("고침");
  // What is not saved changes nothing.
  await act(chulsoo.row("안녕하세요"), "고치기").focus();
  await chulsoo.page.keyboard.press("Enter");
  await chulsoo.page.locator("#edited").fill("다른 말");
  await chulsoo.page.keyboard.press("Escape");
  await chulsoo.expectSaid("안녕하세요");
});

test("an edit that is refused says so where it is written, until it is written anew", async ({ person }) => {
  const chulsoo = await person("철수", "refused");
  await chulsoo.say("좋은 말");
  await act(chulsoo.row("좋은 말"), "고치기").focus();
  await chulsoo.page.keyboard.press("Enter");
  const dialog = chulsoo.page.locator("#edit");
  const box = dialog.locator("#edited");
  const save = dialog.getByRole("button", { name: "저장" });
  await box.fill("   ");
  await save.click();
  await expect(dialog.getByRole("alert")).toHaveText("보낼 내용을 입력하세요.");
  await expect(box).toHaveAccessibleDescription("보낼 내용을 입력하세요.");
  await expect(box).toHaveValue("   ");
  await expect(chulsoo.refusal).toBeEmpty();
  await box.fill("더 좋은 말");
  await expect(dialog.getByRole("alert")).toBeEmpty();
  await box.fill("   ");
  await save.click();
  await expect(dialog.getByRole("alert")).toHaveText("보낼 내용을 입력하세요.");

  // Closed and opened again it has nothing against anybody.
  await dialog.getByRole("button", { name: "취소" }).click();
  await expect(dialog).toBeHidden();
  await edit(chulsoo, "좋은 말", "더 좋은 말");
  await chulsoo.expectSaid("더 좋은 말");
});

test("a deletion leaves a stone, and only with consent", { tag: "@postgres" }, async ({ person }) => {
  const chulsoo = await person("철수", "delete");
  const younghee = await person("영희", "delete");
  await chulsoo.say("지울 말");
  await younghee.expectSaid("지울 말");

  chulsoo.page.once("dialog", (question) => question.dismiss());
  await act(chulsoo.row("지울 말"), "삭제").click({ force: true });
  await chulsoo.expectSaid("지울 말");
  chulsoo.page.once("dialog", (question) => question.accept());
  await act(chulsoo.row("지울 말"), "삭제").click({ force: true });
  for (const room of [chulsoo, younghee]) {
    await room.expectSaid("삭제된 메시지입니다.");
    await expect(room.row("지울 말")).toHaveCount(0);
    await expect(room.row("삭제된 메시지입니다.").getByRole("button")).toHaveCount(0);
  }
  await younghee.page.reload();
  await younghee.expectSaid("삭제된 메시지입니다.");
});

test("others' messages have no buttons, not even a namesake's", async ({ person }) => {
  const chulsoo = await person("철수", "foreign");
  const younghee = await person("영희", "foreign");
  await chulsoo.say("내 말");
  await younghee.expectSaid("내 말");
  await expect(younghee.row("내 말").getByRole("button")).toHaveCount(0);

  await expect(act(chulsoo.row("내 말"), "고치기")).toBeAttached();

  // Shown as one's own by the name, as everywhere, but not one's own to change.
  const namesake = await person("철수", "foreign");
  await expect(namesake.row("내 말")).toHaveClass(/(^| )own( |$)/);
  await expect(namesake.row("내 말").getByRole("button")).toHaveCount(0);
  await namesake.say("같은 이름");
  await expect(act(namesake.row("같은 이름"), "고치기")).toHaveCount(1);
  await chulsoo.expectSaid("같은 이름");
  await expect(chulsoo.row("같은 이름").getByRole("button")).toHaveCount(0);
  // Known again in the log that the server renders.
  await chulsoo.page.reload();
  await expect(act(chulsoo.row("내 말"), "고치기")).toHaveCount(1);
  await expect(chulsoo.row("같은 이름").getByRole("button")).toHaveCount(0);
});

test.describe("with a server that comes back", () => {
  test.use({ restartable: true });

  test("whoever has lost the key meanwhile is refused", async ({ person, server }) => {
    const chulsoo = await person("철수", "lost");
    await chulsoo.say("내 말");
    await expect(act(chulsoo.row("내 말"), "고치기")).toHaveCount(1);
    await server.kill();
    await expect(chulsoo.connection).not.toHaveAttribute("data-state", "connected");
    await chulsoo.page.evaluate(() => localStorage.removeItem("roomside.author"));
    await server.restart();
    await chulsoo.expectState("connected");
    // The row stands as it was.
    await edit(chulsoo, "내 말", "남의 말");
    await expect(chulsoo.refusal).toContainText("이 브라우저에서");
    await chulsoo.expectState("connected");
    await chulsoo.expectSaid("내 말");
  });
});

test("whoever was away sees messages as they are now", { tag: "@postgres" }, async ({ person }) => {
  const chulsoo = await person("철수", "away");
  const younghee = await person("영희", "away");
  await chulsoo.say("첫 말");
  await chulsoo.say("둘째 말");
  await younghee.expectSaid("둘째 말");
  await younghee.page.context().setOffline(true);
  await younghee.page.goto("about:blank").catch(() => undefined);
  await edit(chulsoo, "첫 말", "고친 말");
  chulsoo.page.once("dialog", (question) => question.accept());
  await act(chulsoo.row("둘째 말"), "삭제").click({ force: true });
  await chulsoo.expectSaid("삭제된 메시지입니다.");
  await younghee.page.context().setOffline(false);
  await younghee.open("away");
  await younghee.expectSaid("고친 말");
  await younghee.expectSaid("삭제된 메시지입니다.");
  await expect(younghee.row("둘째 말")).toHaveCount(0);
});
