// What @stomp/stompjs 7 can do beyond the older library. Runs in Node and in pages: see kit.ts.

import type { IMessage } from "@stomp/stompjs";

import type { Headers, Kit } from "./kit";
import type { World } from "./play";
import type { Library } from "./stompjs7";

export type Check7<T> = (
  kit: Kit,
  library: Library,
  socket: () => WebSocket,
  world: World,
) => Promise<T>;

export const binary: Check7<unknown> = async (kit, { Client }, socket) => {
  const messages = kit.mailbox<IMessage>("MESSAGE");
  const octets = Uint8Array.from({ length: 512 }, (_, at) => at % 256);
  const client = new Client({
    webSocketFactory: socket,
    onConnect() {
      client.subscribe("/topic/octets", messages.put);
      client.publish({ destination: "/topic/octets", binaryBody: octets });
      // The library's way to send text as binary WebSocket messages.
      client.forceBinaryWSFrames = true;
      client.publish({ destination: "/topic/octets", body: "a\0b" });
    },
  });
  client.activate();
  const [first, second] = [await messages.next(), await messages.next()];
  await client.deactivate();
  return [first.headers["content-length"], Array.from(first.binaryBody), second.body];
};

export const split: Check7<unknown> = async (kit, { Client }, socket) => {
  const messages = kit.mailbox<IMessage>("MESSAGE");
  // It cuts every 8 Ki UTF-16 units. A cut through an emoji would spoil it before it is sent.
  const body = "가".repeat(20_000);
  const client = new Client({
    webSocketFactory: socket,
    splitLargeFrames: true,
    onConnect() {
      client.subscribe("/topic/large", messages.put);
      client.publish({ destination: "/topic/large", body });
    },
  });
  client.activate();
  const message = await messages.next();
  await client.deactivate();
  return [message.body === body, message.headers["content-length"]];
};

export const escapes: Check7<unknown> = async (kit, { Client }, socket) => {
  const messages = kit.mailbox<IMessage>("MESSAGE");
  // It misreads a backslash before c, n or r, which is its own affair.
  const value = "a:b\\x\nd\re — 따옴표";
  const client = new Client({
    webSocketFactory: socket,
    onConnect() {
      client.subscribe("/topic/escapes", messages.put);
      client.publish({ destination: "/topic/escapes", headers: { "x-odd": value } });
    },
  });
  client.activate();
  const { headers } = await messages.next();
  await client.deactivate();
  return [headers["x-odd"] === value, headers["content-length"]];
};

/** The gaps between beats, in milliseconds. */
export const beats: Check7<number[]> = async (kit, { Client }, socket) => {
  const heard = kit.mailbox<number>("a heart-beat");
  const client = new Client({
    webSocketFactory: socket,
    heartbeatIncoming: 500,
    heartbeatOutgoing: 500,
    onHeartbeatReceived: () => heard.put(performance.now()),
  });
  client.activate();
  const gaps = [];
  let last = await heard.next();
  for (let n = 0; n < 8; n++) {
    const now = await heard.next();
    gaps.push(now - last);
    last = now;
  }
  await client.deactivate();
  return gaps;
};

export const cutOff: Check7<unknown> = async (kit, { Client }, socket, world) => {
  const [ready, messages] = [kit.mailbox<void>("RECEIPT"), kit.mailbox<IMessage>("MESSAGE")];
  const client = new Client({
    webSocketFactory: socket,
    reconnectDelay: 100,
    onConnect() {
      client.watchForReceipt("subscribed", () => ready.put());
      client.subscribe("/topic/back", messages.put, { receipt: "subscribed" });
    },
  });
  client.activate();
  await ready.next();
  client.publish({ destination: "/topic/back", body: "before" });
  const before = await messages.next();
  await world.cut();
  await ready.next();
  client.publish({ destination: "/topic/back", body: "after the cut" });
  const afterCut = await messages.next();
  await world.restart();
  await ready.next();
  client.publish({ destination: "/topic/back", body: "after the restart" });
  const afterRestart = await messages.next();
  await client.deactivate();
  return [before.body, afterCut.body, afterRestart.body];
};

export const resume: Check7<unknown> = async (kit, { Client }, socket, world) => {
  const [ready, messages] = [kit.mailbox<Headers>("RECEIPT"), kit.mailbox<IMessage>("MESSAGE")];
  const place: Headers = {};
  const listener = new Client({
    webSocketFactory: socket,
    reconnectDelay: 500,
    onConnect() {
      listener.watchForReceipt("subscribed", ({ headers }) => {
        place["x-epoch"] = headers["x-epoch"];
        ready.put(headers);
      });
      const headers = { ...place, receipt: "subscribed" };
      listener.subscribe(
        "/topic/resumed",
        (message) => {
          place["x-since"] = message.headers["x-offset"];
          messages.put(message);
        },
        headers,
      );
    },
  });
  const connected = kit.mailbox<void>("CONNECTED");
  const talker = new Client({
    webSocketFactory: socket,
    reconnectDelay: 0,
    onConnect: () => connected.put(),
  });
  const say = (body: string) => talker.publish({ destination: "/topic/resumed", body });

  listener.activate();
  const first = await ready.next();
  talker.activate();
  await connected.next();
  say("one");
  const heard = [(await messages.next()).body];

  // The talker is back at once, the listener after half a second.
  await world.cut();
  await talker.deactivate();
  talker.activate();
  await connected.next();
  say("two");
  say("three");
  const second = await ready.next();
  heard.push((await messages.next()).body, (await messages.next()).body);

  await world.restart();
  const third = await ready.next();
  await Promise.all([listener.deactivate(), talker.deactivate()]);
  return {
    heard,
    recovered: [first, second, third].map((headers) => headers["x-recovered"] ?? ""),
    "one epoch": first["x-epoch"] === second["x-epoch"],
    "another after the restart": first["x-epoch"] !== third["x-epoch"],
  };
};

export const farewell: Check7<unknown> = async (kit, { Client }, socket) => {
  const connected = kit.mailbox<string>("CONNECTED");
  const receipt = kit.mailbox<string>("RECEIPT of DISCONNECT");
  let opened: WebSocket | undefined;
  const client = new Client({
    webSocketFactory: () => (opened = socket()),
    onConnect: ({ headers }) => connected.put(headers.version),
    onDisconnect: ({ headers }) => receipt.put(headers["receipt-id"]),
  });
  client.activate();
  const version = await connected.next();
  await client.deactivate();
  return [opened?.protocol, version, (await receipt.next()).startsWith("close-")];
};
