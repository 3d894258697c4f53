// stomp-broker-js as its documentation starts it, on a free port, which is printed.

const http = require("node:http");
const StompServer = require("stomp-broker-js");

const server = http.createServer();
const broker = new StompServer({ server, path: "/stomp", heartbeat: [0, 0] });

// STOMP 1.1 wants a message-id in every MESSAGE, and it writes none.
let messages = 0;
broker.addMiddleware("send", (socket, args, next) => {
  args.frame.headers["message-id"] = String(messages++);
  return next();
});

server.listen(0, "127.0.0.1", () => {
  console.log(`listening on ws://127.0.0.1:${server.address().port}/stomp`);
});
