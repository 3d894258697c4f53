// @stomp/stompjs 7 behind what a check sees. Runs in Node and in pages: see kit.ts.

import type { Client, ITransaction, StompConfig } from "@stomp/stompjs";

import type { Connect, Headers, Kit, Message, Subscription } from "./kit";

export type Library = { Client: new (config: StompConfig) => Client };

/** Its defaults, but for a reconnect that only the check for it wants. */
export function stompjs7(kit: Kit, library: Library, socket: () => WebSocket): Connect {
  return async ({ headers = {}, heartbeat = 0 } = {}) => {
    const errors = kit.mailbox<Headers>("ERROR");
    const closed = kit.mailbox<void>("the end of the connection");
    const transactions = new Map<string, ITransaction>();
    let receipts = 0;
    const client = new library.Client({
      webSocketFactory: socket,
      connectHeaders: headers,
      heartbeatIncoming: heartbeat,
      heartbeatOutgoing: heartbeat,
      reconnectDelay: 0,
    });
    const connected = await kit.within<Headers>("CONNECTED", (done, fail) => {
      client.onConnect = (frame) => done(frame.headers);
      client.onStompError = (frame) => {
        errors.put(frame.headers);
        fail(frame.headers.message);
      };
      client.onWebSocketClose = () => {
        closed.put();
        fail("the socket closed");
      };
      client.activate();
    });

    const unclaimed = kit.mailbox<Message>("MESSAGE to nobody");
    client.onUnhandledMessage = (message) => unclaimed.put(message);

    function receipt(send: (id: string) => void): Promise<Headers> {
      return kit.within("RECEIPT", (done) => {
        const id = `receipt-${++receipts}`;
        client.watchForReceipt(id, (frame) => done(frame.headers));
        send(id);
      });
    }

    function subscribe(destination: string, headers?: Headers): Subscription {
      const messages = kit.mailbox<Message>(`MESSAGE from ${destination}`);
      const { unsubscribe } = client.subscribe(
        destination,
        ({ body, headers, ack, nack }) => messages.put({ body, headers, ack, nack }),
        headers,
      );
      return { next: messages.next, close: () => unsubscribe() };
    }

    return {
      connected,
      send: (destination, body, headers) => client.publish({ destination, body, headers }),
      subscribe,
      begin: (id) => void transactions.set(id, client.begin(id)),
      commit: (id) => transactions.get(id)?.commit(),
      abort: (id) => transactions.get(id)?.abort(),
      receipt,
      done: async () => {
        const destination = "/topic/done";
        await receipt((receipt) => client.publish({ destination, headers: { receipt } }));
      },
      unclaimed: unclaimed.next,
      error: errors.next,
      closed: closed.next,
      leave: () => client.deactivate(),
    };
  };
}
