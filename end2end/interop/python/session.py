"""One connection of stomp.py, with what it heard kept until it is asked for."""

import queue
import threading

import stomp

# How long any one answer may take, in seconds.
ANSWER = 10

CONNECTIONS = {
    "1.0": stomp.StompConnection10,
    "1.1": stomp.StompConnection11,
    "1.2": stomp.StompConnection12,
}


class Session(stomp.ConnectionListener):
    """Connected when made. The library calls the `on_` methods on a thread of its own."""

    def __init__(self, address, version, login=None, headers=None, **options):
        self.version = version
        self.beats = 0
        self.beats_missed = False
        self.disconnected = threading.Event()
        self._connected = queue.Queue()
        self._messages = queue.Queue()
        self._receipts = queue.Queue()
        self._errors = queue.Queue()
        self._last_receipt = 0
        self.connection = CONNECTIONS[version]([address], **options)
        self.connection.set_listener("session", self)
        self.connection.connect(login, headers=headers, wait=True)
        # The wait is over before the library tells its listeners.
        self.headers = self._connected.get(timeout=ANSWER)

    def on_connected(self, frame):
        self._connected.put(frame.headers)

    def on_message(self, frame):
        self._messages.put(frame)

    def on_receipt(self, frame):
        self._receipts.put(frame.headers)

    def on_error(self, frame):
        self._errors.put(frame)

    def on_heartbeat(self):
        self.beats += 1

    def on_heartbeat_timeout(self):
        self.beats_missed = True

    def on_disconnected(self):
        self.disconnected.set()

    def message(self):
        return self._messages.get(timeout=ANSWER)

    def error(self):
        return self._errors.get(timeout=ANSWER)

    def with_receipt(self, send):
        """Calls `send` with a receipt id; returns the headers of the RECEIPT, which must be its."""
        self._last_receipt += 1
        wanted = f"receipt-{self._last_receipt}"
        send(wanted)
        headers = self._receipts.get(timeout=ANSWER)
        assert headers["receipt-id"] == wanted, f"{wanted} was asked for, {headers} came"
        return headers

    def send(self, destination, body, **headers):
        """Sent once it returns, and done by the server."""
        self.with_receipt(
            lambda receipt: self.connection.send(destination, body, receipt=receipt, **headers)
        )

    def subscribe(self, destination, id="s", ack="auto", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.with_receipt(
            lambda receipt: self.connection.subscribe(
                destination, id=id, ack=ack, headers={**headers, "receipt": receipt}
            )
        )

    def consume(self, destination, ack):
        """As one of those who share a queue."""
        self.subscribe(destination, ack=ack, x_queue="shared")

    def ack(self, message, **options):
        self._settle(self.connection.ack, message, options)

    def nack(self, message, **options):
        self._settle(self.connection.nack, message, options)

    def _settle(self, settle, message, options):
        """Each version names a message in its own way."""
        headers = message.headers
        if self.version == "1.2":
            settle(headers["ack"], **options)
        elif self.version == "1.1":
            settle(headers["message-id"], headers["subscription"], **options)
        else:
            settle(headers["message-id"], **options)

    def unsubscribe(self, id="s"):
        self.with_receipt(lambda receipt: self.connection.unsubscribe(id=id, receipt=receipt))
