// What every client of JavaScript can do here, in Node and in a browser.

import * as checks from "./checks";
import { type Check, CLIENTS, expect, test } from "./play";

/** Each check and what has to be heard. */
const CHECKS: Record<string, [Check<unknown>, unknown]> = {
  "a receipt for every frame": [
    checks.receipts,
    Array.from({ length: 6 }, (_, at) => `receipt-${at + 1}`),
  ],
  "headers and bodies arrive whole": [
    checks.headers,
    {
      body: "안녕하세요 🙂\nnext line",
      destination: "/topic/whole",
      subscription: "mine",
      "content-type": "text/plain",
      "x-own": "ours",
      ack: undefined,
      "ids differ": true,
      empty: "",
    },
  ],
  "ack:client-individual leaves the others unacknowledged": [
    checks.individual,
    [["one", "true"], ["three", "true"], ["fence", ""]],
  ],
  "ack:client takes all before as well": [checks.cumulative, [["three", "true"], ["fence", ""]]],
  "what a consumer holds when it leaves goes to another": [checks.lost, ["held", "true"]],
  "NACK has it come again, marked as redelivered": [
    checks.nack,
    [["try me", ""], ["try me", "true"], ["fence", ""]],
  ],
  "x-queue:shared gives each message to one": [
    checks.shared,
    Array.from({ length: 10 }, (_, at) => String(at)),
  ],
  "a plain queue goes to everybody, as with Spring": [
    checks.fanOut,
    ["to everybody", "to everybody"],
  ],
  "COMMIT sends what BEGIN held back": [checks.commit, ["at once", "held 1", "held 2"]],
  "ABORT forgets it": [checks.abort, "now"],
  "an ACK counts once its transaction is committed": [
    checks.ackInTransaction,
    ["acknowledged and aborted", "true", "fence"],
  ],
  "x-history gives the last of a topic": [
    checks.history,
    [["two", "2"], ["three", "3"], ["four", "4"]],
  ],
  "UNSUBSCRIBE ends one of two subscriptions": [checks.unsubscribe, ["one", "one", "two"]],
  "heart-beats keep an idle connection": [checks.heartbeats, ["500,500", "stayed"]],
  "a wildcard is refused by an ERROR, then the connection ends": [
    checks.wildcard,
    { said: true, receipt: "wild", code: "destination_forbidden" },
  ],
  "with x-soft-errors a refusal is a message, and the connection stays": [
    checks.softErrors,
    ["/user/queue/errors", "wild", "destination_forbidden", "still here"],
  ],
  "queues of one's own, by login": [
    checks.userQueues,
    ["kim", "for kim", "/user/queue/notes", "for lee"],
  ],
  "reply-to a temporary queue": [checks.replies, ["how late is it?", "late", "/temp-queue/mine"]],
};

test.use({ flags: ["--heartbeat", "500", "--shared-queues-by-clients", "true"], stomp: true });

for (const [name, client] of Object.entries(CLIENTS)) {
  test.describe(name, () => {
    for (const [what, [check, heard]] of Object.entries(CHECKS)) {
      test(what, async ({ play }) => expect(await play(client, check)).toEqual(heard));
    }
  });
}
