// The line breaks between page and server while both live on.

import { Gateway } from "../support/gateway";
import { Speaker } from "../support/speaker";
import { expect, test as base } from "../support/test";

const test = base.extend<{ line: Gateway }>({
  line: async ({ server }, use) => {
    const line = await Gateway.start(server.url);
    await use(line);
    await line.close();
  },
  baseURL: async ({ line }, use) => use(line.url),
});

test("a message whose answer was lost is sent again, and stored once", async ({
  line,
  person,
  server,
}) => {
  const room = await person("철수", "lost-answer");
  const talk = async () => {
    const lines = await server.messages("lost-answer");
    return lines.filter((line) => line.type === "TALK").map((line) => line.message);
  };

  line.mute();
  await room.say("답을 못 들은 말");
  await expect.poll(talk).toEqual(["답을 못 들은 말"]);
  // It is stored, and the page cannot know.
  await expect(room.pending).toHaveCount(1);
  await expect(room.row("답을 못 들은 말")).toHaveCount(0);

  line.cut();
  await room.expectSaid("답을 못 들은 말");
  await expect(room.pending).toHaveCount(0);
  await room.expectState("connected");
  await room.say("그다음 말");
  await room.expectSaid("그다음 말");
  expect(await talk()).toEqual(["답을 못 들은 말", "그다음 말"]);
  await room.expectWhole(3);
});

test("lines cut again and again lose nothing, double nothing, announce nobody", async ({
  line,
  person,
  server,
}) => {
  const room = await person("철수", "cuts");
  const younghee = await Speaker.enter(server, "cuts", "영희");
  for (let cut = 1; cut <= 3; cut++) {
    line.mute();
    await younghee.say(`못 들은 말 ${cut}.`);
    line.cut();
    await younghee.say(`끊긴 뒤의 말 ${cut}.`);
    await room.expectSaid(`끊긴 뒤의 말 ${cut}.`);
  }
  await room.expectWhole(8);
  await expect(room.notices("ENTER", "철수")).toHaveCount(1);
  await younghee.disconnect();
});
