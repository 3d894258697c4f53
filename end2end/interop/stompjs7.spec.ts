// What @stomp/stompjs 7 can do beyond the older library, in Node and in a browser.

import * as checks from "./checks7";
import { expect, test } from "./play";

const PLACES = {
  "stompjs 7 in Node": "stompjs7/node",
  "stompjs 7 in Chromium": "stompjs7/page",
} as const;

for (const [name, place] of Object.entries(PLACES)) {
  test.describe(name, () => {
    test("chooses v12.stomp, and leaves with a receipt", async ({ play7 }) => {
      expect(await play7(place, checks.farewell)).toEqual(["v12.stomp", "1.2", true]);
    });

    test("a binary body with NUL arrives octet for octet", async ({ play7 }) => {
      const octets = Array.from({ length: 512 }, (_, at) => at % 256);
      expect(await play7(place, checks.binary)).toEqual(["512", octets, "a\0b"]);
    });

    test("a frame that it splits arrives whole", async ({ play7 }) => {
      expect(await play7(place, checks.split)).toEqual([true, "60000"]);
    });

    test("header values are escaped both ways", async ({ play7 }) => {
      expect(await play7(place, checks.escapes)).toEqual([true, "0"]);
    });

    test.describe("with short heart-beats", () => {
      test.use({ flags: ["--heartbeat", "500"] });

      test("the server's come in time", async ({ play7 }) => {
        // Half a second was promised; the rest is what a busy machine may take to deliver it.
        // The library itself would wait for twice the promise.
        for (const gap of await play7(place, checks.beats)) expect(gap).toBeLessThan(800);
      });
    });

    test.describe("when the line breaks and the server dies", () => {
      test.use({ restartable: true });

      test("it reconnects and subscribes again", async ({ play7 }) => {
        expect(await play7(place, checks.cutOff))
          .toEqual(["before", "after the cut", "after the restart"]);
      });

      test("x-since and x-epoch fill the gap, and tell when they cannot", async ({ play7 }) => {
        expect(await play7(place, checks.resume)).toEqual({
          heard: ["one", "two", "three"],
          recovered: ["", "true", "false"],
          "one epoch": true,
          "another after the restart": true,
        });
      });
    });
  });
}
