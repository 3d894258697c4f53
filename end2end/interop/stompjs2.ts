// stomp-websocket 2.3.3 behind what a check sees. Runs in Node and in pages: see kit.ts.

import type { Connect, Headers, Kit, Message, Subscription } from "./kit";

type Frame = { body: string; headers: Headers };

/** What we use of it; it has no types. */
type Client = {
  debug: unknown;
  heartbeat: { incoming: number; outgoing: number };
  onreceipt: (frame: Frame) => void;
  onreceive: (frame: Frame) => void;
  connect(
    headers: Headers,
    done: (frame: Frame) => void,
    fail: (why: Frame | string) => void,
  ): void;
  disconnect(done: () => void): void;
  send(destination: string, headers: Headers, body: string): void;
  subscribe(
    destination: string,
    hear: (frame: Frame) => void,
    headers: Headers,
  ): { unsubscribe(): void };
  ack(message: string, subscription: string, headers?: Headers): void;
  nack(message: string, subscription: string, headers?: Headers): void;
  begin(id: string): void;
  commit(id: string): void;
  abort(id: string): void;
};

/** `open` makes one of its clients: on a WebSocket, on SockJS, or over TCP. */
export function stompjs2(kit: Kit, open: () => unknown): Connect {
  return async ({ headers = {}, heartbeat = 0 } = {}) => {
    const errors = kit.mailbox<Headers>("ERROR");
    const closed = kit.mailbox<void>("the end of the connection");
    const unclaimed = kit.mailbox<Message>("MESSAGE to nobody");
    const receipts = new Map<string, (headers: Headers) => void>();
    const client = open() as Client;
    client.debug = null;
    client.heartbeat.incoming = heartbeat;
    client.heartbeat.outgoing = heartbeat;
    client.onreceive = (frame) => unclaimed.put(message(frame));
    client.onreceipt = (frame) => receipts.get(frame.headers["receipt-id"])?.(frame.headers);
    const connected = await kit.within<Headers>("CONNECTED", (done, fail) => {
      client.connect({ ...headers }, (frame) => done(frame.headers), (why) => {
        // Its one callback for errors is told of an ERROR by the frame, of the end by a sentence.
        if (typeof why === "string") closed.put();
        else errors.put(why.headers);
        fail(typeof why === "string" ? why : why.headers.message);
      });
    });

    // Its own `frame.ack()` does the same, but for the last of those frames that TCP brought in one
    // piece; on a WebSocket each comes alone.
    function message({ body, headers }: Frame): Message {
      const { "message-id": id, subscription } = headers;
      return {
        body,
        headers,
        ack: (more) => client.ack(id, subscription, { ...more }),
        nack: (more) => client.nack(id, subscription, { ...more }),
      };
    }

    function receipt(send: (id: string) => void): Promise<Headers> {
      return kit.within("RECEIPT", (done) => {
        const id = `receipt-${receipts.size + 1}`;
        receipts.set(id, done);
        send(id);
      });
    }

    function subscribe(destination: string, headers: Headers = {}): Subscription {
      const messages = kit.mailbox<Message>(`MESSAGE from ${destination}`);
      const { unsubscribe } = client.subscribe(
        destination,
        (frame) => messages.put(message(frame)),
        // It writes into what it is given.
        { ...headers },
      );
      return { next: messages.next, close: () => unsubscribe() };
    }

    return {
      connected,
      send: (destination, body, headers) => client.send(destination, { ...headers }, body),
      subscribe,
      begin: (id) => client.begin(id),
      commit: (id) => client.commit(id),
      abort: (id) => client.abort(id),
      receipt,
      done: async () => {
        await receipt((receipt) => client.send("/topic/done", { receipt }, ""));
      },
      unclaimed: unclaimed.next,
      error: errors.next,
      closed: closed.next,
      leave: () => new Promise((done) => client.disconnect(done)),
    };
  };
}
