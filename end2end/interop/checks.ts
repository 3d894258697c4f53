// What every client of JavaScript is asked to do: each check says what it heard.
//
// They run in Node and in pages (see kit.ts), and a queue that consumers share is `x-queue:shared`.

import type { Check } from "./play";

export const receipts: Check<unknown> = async (connect) => {
  const peer = await connect();
  const subscription = { id: "s", ack: "client-individual", "x-queue": "shared" };
  const answers = [
    await peer.receipt((receipt) => peer.subscribe("/queue/r", { ...subscription, receipt })),
    await peer.receipt((receipt) => peer.send("/queue/r", "first", { receipt })),
    await peer.receipt((receipt) => peer.send("/topic/nobody-listens", "", { receipt })),
  ];
  const inbox = peer.subscribe("/queue/r2", { ...subscription, id: "s2" });
  peer.send("/queue/r2", "second");
  const refused = await inbox.next();
  answers.push(await peer.receipt((receipt) => refused.nack({ receipt })));
  const again = await inbox.next();
  answers.push(await peer.receipt((receipt) => again.ack({ receipt })));
  peer.begin("t");
  answers.push(
    await peer.receipt((receipt) => peer.send("/topic/t", "third", { receipt, transaction: "t" })),
  );
  peer.commit("t");
  return answers.map((headers) => headers["receipt-id"]);
};

export const headers: Check<unknown> = async (connect) => {
  const [one, two] = [await connect(), await connect()];
  const inbox = two.subscribe("/topic/whole", { id: "mine" });
  await two.done();
  const own = { "content-type": "text/plain", "x-own": "ours" };
  one.send("/topic/whole", "안녕하세요 🙂\nnext line", own);
  one.send("/topic/whole", "");
  const { body, headers } = await inbox.next();
  const empty = await inbox.next();
  return {
    body,
    destination: headers.destination,
    subscription: headers.subscription,
    "content-type": headers["content-type"],
    "x-own": headers["x-own"],
    ack: headers.ack,
    "ids differ": headers["message-id"] !== empty.headers["message-id"],
    empty: empty.body,
  };
};

export const individual: Check<unknown> = async (connect) => {
  const [one, two] = [await connect(), await connect()];
  const queue = { ack: "client-individual", "x-queue": "shared" };
  const first = one.subscribe("/queue/i", queue);
  for (const body of ["one", "two", "three"]) one.send("/queue/i", body);
  await first.next();
  const second = await first.next();
  await first.next();
  await one.receipt((receipt) => second.ack({ receipt }));
  const heir = two.subscribe("/queue/i", queue);
  await two.done();
  first.close();
  const left = [await heir.next(), await heir.next()];
  two.send("/queue/i", "fence");
  left.push(await heir.next());
  return left.map(({ body, headers }) => [body, headers.redelivered ?? ""]);
};

export const cumulative: Check<unknown> = async (connect) => {
  const [one, two] = [await connect(), await connect()];
  const queue = { ack: "client", "x-queue": "shared" };
  const first = one.subscribe("/queue/c", queue);
  for (const body of ["one", "two", "three"]) one.send("/queue/c", body);
  await first.next();
  const second = await first.next();
  await first.next();
  await one.receipt((receipt) => second.ack({ receipt }));
  const heir = two.subscribe("/queue/c", queue);
  await two.done();
  first.close();
  const left = [await heir.next()];
  two.send("/queue/c", "fence");
  left.push(await heir.next());
  return left.map(({ body, headers }) => [body, headers.redelivered ?? ""]);
};

export const lost: Check<unknown> = async (connect) => {
  const [one, two] = [await connect(), await connect()];
  const queue = { ack: "client-individual", "x-queue": "shared" };
  const first = one.subscribe("/queue/l", queue);
  one.send("/queue/l", "held");
  await first.next();
  const heir = two.subscribe("/queue/l", queue);
  await two.done();
  await one.leave();
  const { body, headers } = await heir.next();
  return [body, headers.redelivered];
};

export const nack: Check<unknown> = async (connect) => {
  const peer = await connect();
  const inbox = peer.subscribe("/queue/n", { ack: "client-individual", "x-queue": "shared" });
  peer.send("/queue/n", "try me");
  const first = await inbox.next();
  first.nack();
  const second = await inbox.next();
  second.ack();
  peer.send("/queue/n", "fence");
  const fence = await inbox.next();
  return [first, second, fence].map(({ body, headers }) => [body, headers.redelivered ?? ""]);
};

export const shared: Check<unknown> = async (connect) => {
  const [one, two] = [await connect(), await connect()];
  const queue = { ack: "client-individual", "x-queue": "shared", "prefetch-count": "1" };
  const [left, right] = [one.subscribe("/queue/work", queue), two.subscribe("/queue/work", queue)];
  await two.done();
  await one.done();
  for (let n = 0; n < 10; n++) one.send("/queue/work", String(n));
  // With one unacknowledged message at a time, and each ACK waited for, they take strict turns:
  // neither can take what the other waits for.
  const held = [await left.next(), await right.next()];
  const bodies = held.map(({ body }) => body);
  for (let turn = 0; turn < 10; turn++) {
    const [peer, inbox] = turn % 2 === 0 ? [one, left] : [two, right];
    const message = held[turn % 2];
    await peer.receipt((receipt) => message.ack({ receipt }));
    if (turn < 8) {
      held[turn % 2] = await inbox.next();
      bodies.push(held[turn % 2].body);
    }
  }
  return bodies.sort();
};

export const fanOut: Check<unknown> = async (connect) => {
  const [one, two] = [await connect(), await connect()];
  const inboxes = [one.subscribe("/queue/all"), two.subscribe("/queue/all")];
  await two.done();
  one.send("/queue/all", "to everybody");
  return [(await inboxes[0].next()).body, (await inboxes[1].next()).body];
};

export const commit: Check<unknown> = async (connect) => {
  const [one, two] = [await connect(), await connect()];
  const inbox = two.subscribe("/topic/tx");
  await two.done();
  one.begin("t");
  one.send("/topic/tx", "held 1", { transaction: "t" });
  one.send("/topic/tx", "held 2", { transaction: "t" });
  one.send("/topic/tx", "at once");
  one.commit("t");
  return [(await inbox.next()).body, (await inbox.next()).body, (await inbox.next()).body];
};

export const abort: Check<unknown> = async (connect) => {
  const peer = await connect();
  const inbox = peer.subscribe("/topic/tx");
  peer.begin("t");
  peer.send("/topic/tx", "never", { transaction: "t" });
  peer.abort("t");
  // The name is free again.
  peer.begin("t");
  peer.send("/topic/tx", "now", { transaction: "t" });
  peer.commit("t");
  return (await inbox.next()).body;
};

export const ackInTransaction: Check<unknown> = async (connect) => {
  const [one, two] = [await connect(), await connect()];
  const queue = { ack: "client-individual", "x-queue": "shared" };
  const inbox = one.subscribe("/queue/ta", queue);
  one.send("/queue/ta", "acknowledged and aborted");
  one.send("/queue/ta", "acknowledged and committed");
  const aborted = await inbox.next();
  const committed = await inbox.next();
  one.begin("a");
  aborted.ack({ transaction: "a" });
  one.abort("a");
  one.begin("c");
  committed.ack({ transaction: "c" });
  one.commit("c");
  const heir = two.subscribe("/queue/ta", queue);
  await two.done();
  await one.done();
  inbox.close();
  const first = await heir.next();
  two.send("/queue/ta", "fence");
  return [first.body, first.headers.redelivered, (await heir.next()).body];
};

export const history: Check<unknown> = async (connect) => {
  const [one, two] = [await connect(), await connect()];
  for (const body of ["one", "two", "three"]) one.send("/topic/history", body);
  await one.done();
  const inbox = two.subscribe("/topic/history", { "x-history": "2" });
  two.send("/topic/history", "four");
  const messages = [await inbox.next(), await inbox.next(), await inbox.next()];
  return messages.map(({ body, headers }) => [body, headers["x-offset"]]);
};

export const unsubscribe: Check<unknown> = async (connect) => {
  const peer = await connect();
  const gone = peer.subscribe("/topic/u");
  const stays = peer.subscribe("/topic/u");
  peer.send("/topic/u", "one");
  const both = [(await gone.next()).body, (await stays.next()).body];
  gone.close();
  peer.send("/topic/u", "two");
  return [...both, (await stays.next()).body];
};

export const heartbeats: Check<unknown> = async (connect) => {
  const peer = await connect({ heartbeat: 500 });
  // The client's own watchdog closes after 1,000 ms without a beat; the server's has a tolerance
  // of its own. Nobody says anything else meanwhile.
  const ended = peer.closed().then(() => "closed", () => "stayed");
  await new Promise((done) => setTimeout(done, 4_000));
  await peer.done();
  return [peer.connected["heart-beat"], await Promise.race([ended, Promise.resolve("stayed")])];
};

export const wildcard: Check<unknown> = async (connect) => {
  const peer = await connect();
  peer.subscribe("/topic/**", { receipt: "wild" });
  const { message, "receipt-id": receipt, "x-code": code } = await peer.error();
  await peer.closed();
  return { said: message.length > 0, receipt, code };
};

export const softErrors: Check<unknown> = async (connect) => {
  const peer = await connect({ headers: { "x-soft-errors": "true" } });
  const errors = peer.subscribe("/user/queue/errors");
  const inbox = peer.subscribe("/topic/goes-on");
  peer.subscribe("/topic/**", { receipt: "wild" });
  const { headers } = await errors.next();
  peer.send("/topic/goes-on", "still here");
  return [headers.destination, headers["receipt-id"], headers["x-code"], (await inbox.next()).body];
};

export const userQueues: Check<unknown> = async (connect) => {
  const kim = await connect({ headers: { login: "kim" } });
  const lee = await connect({ headers: { login: "lee" } });
  const [kims, lees] = [kim.subscribe("/user/queue/notes"), lee.subscribe("/user/queue/notes")];
  await kim.done();
  await lee.done();
  lee.send("/user/kim/queue/notes", "for kim");
  lee.send("/user/lee/queue/notes", "for lee");
  const [one, two] = [await kims.next(), await lees.next()];
  return [kim.connected["user-name"], one.body, one.headers.destination, two.body];
};

export const replies: Check<unknown> = async (connect) => {
  const [asks, answers] = [await connect(), await connect()];
  const questions = answers.subscribe("/queue/questions");
  await answers.done();
  asks.send("/queue/questions", "how late is it?", { "reply-to": "/temp-queue/mine" });
  const question = await questions.next();
  answers.send(question.headers["reply-to"], "late");
  // The subscription to the answers is the server's making, under the queue's own name.
  const answer = await asks.unclaimed();
  return [question.body, answer.body, answer.headers.subscription];
};
