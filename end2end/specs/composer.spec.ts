// The message box: keys, refusals.

import { expect, test } from "../support/test";

test("Enter sends, Shift+Enter makes a line", async ({ person, server }) => {
  const chulsoo = await person("철수", "keys");
  await chulsoo.composer.pressSequentially("첫 줄");
  await chulsoo.composer.press("Shift+Enter");
  await chulsoo.composer.pressSequentially("둘째 줄");
  await expect(chulsoo.composer).toHaveValue("첫 줄\n둘째 줄");
  await chulsoo.composer.press("Enter");

  await chulsoo.expectSaid("첫 줄");
  await expect(chulsoo.composer).toHaveValue("");
  const talk = (await server.messages("keys")).filter((line) => line.type === "TALK");
  expect(talk.map((line) => line.message)).toEqual(["첫 줄\n둘째 줄"]);
  // The line break is seen, not only stored: the row's text is rendered on two lines.
  await expect
    .poll(async () => chulsoo.row("첫 줄").evaluate((row) => (row as HTMLElement).innerText))
    .toMatch(/첫 줄\n둘째 줄/);
});

test("nothing but white space is refused, and stays in the box", async ({ person, server }) => {
  const chulsoo = await person("철수", "blank");
  for (const blank of ["   ", " \n "]) {
    await chulsoo.composer.fill(blank);
    await chulsoo.composer.press("Enter");
    await expect(chulsoo.composer).toHaveValue(blank);
    await chulsoo.send.click();
    await expect(chulsoo.composer).toHaveValue(blank);
    await expect(chulsoo.refusal).toHaveText("보낼 내용을 입력하세요.");
  }
  await chulsoo.say("이제 내용이 있습니다");
  await chulsoo.expectSaid("이제 내용이 있습니다");
  await expect(chulsoo.refusal).toBeEmpty();
  const talk = (await server.messages("blank")).filter((line) => line.type === "TALK");
  expect(talk.map((line) => line.message)).toEqual(["이제 내용이 있습니다"]);
});

test("4000 characters go out, one more is refused and stays in the box", async ({ person }) => {
  const chulsoo = await person("철수", "long");
  const full = "말".repeat(4_000);
  await chulsoo.say(full + "!");
  await expect(chulsoo.refusal).toContainText("메시지는 4000자까지 보낼 수 있습니다.");
  await expect(chulsoo.composer).toHaveValue(full + "!");
  await chulsoo.expectWhole(1);

  await chulsoo.say(full);
  await chulsoo.expectSaid(full);
  await expect(chulsoo.refusal).toHaveText("");
  await chulsoo.expectWhole(2);
});

test("a refusal goes when the text is written anew", async ({ person }) => {
  const chulsoo = await person("철수", "anew");
  await chulsoo.say("   ");
  await expect(chulsoo.refusal).toHaveText("보낼 내용을 입력하세요.");
  await chulsoo.composer.press("a");
  await expect(chulsoo.refusal).toBeEmpty();
});

test("refusals are said in English to who reads English", async ({ person }) => {
  const bob = await person("Bob", "english", { locale: "en-US" });
  await bob.say("x".repeat(4_001));
  await expect(bob.refusal).toContainText("a message has at most 4000 characters");
});
