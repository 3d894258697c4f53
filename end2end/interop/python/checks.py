"""What stomp.py is asked to do.

    checks.py HOST:PORT VERSION NAME    runs one check, and fails with what was wrong
    checks.py --list VERSION            the names of all that this version has

A queue that consumers share is `x-queue:shared`.
"""

import sys
import time

from session import ANSWER, Session

CHECKS = {}


def check(name, versions=("1.0", "1.1", "1.2")):
    """Registers a check, which is given a function that connects."""

    def register(function):
        for version in versions:
            CHECKS[version, name] = function
        return function

    return register


def expect(heard, wanted):
    assert heard == wanted, f"expected {wanted!r}, heard {heard!r}"


def heard(message):
    return message.body, message.headers.get("redelivered")


@check("signs in with its version and a login")
def signs_in(connect):
    session = connect(login="kim")
    expect(session.headers["version"], session.version)
    expect(session.headers["user-name"], "kim")


@check("headers and Korean bodies arrive whole")
def whole(connect):
    session = connect()
    session.subscribe("/topic/whole", id="mine")
    # Before 1.2 nothing is escaped in the one, and not everything in the other.
    odd = "plain" if session.version == "1.0" else "a:b\\x\nc"
    session.send("/topic/whole", "안녕하세요 🙂\n", headers={"x-own": odd})
    message = session.message()
    expect(message.body, "안녕하세요 🙂\n")
    expect(message.headers["destination"], "/topic/whole")
    expect(message.headers["subscription"], "mine")
    expect(message.headers["x-own"], odd)
    assert message.headers["message-id"], message.headers


@check("a binary body with NUL arrives octet for octet")
def binary(connect):
    session = connect(auto_decode=False)
    session.subscribe("/topic/octets")
    octets = bytes(range(256)) * 100
    session.send("/topic/octets", octets)
    expect(session.message().body, octets)


@check("a receipt for every frame")
def receipts(connect):
    session = connect()
    connection = session.connection
    session.consume("/queue/r", "client-individual")
    session.send("/queue/r", "first")
    message = session.message()
    if session.version != "1.0":
        session.with_receipt(lambda receipt: session.nack(message, receipt=receipt))
        message = session.message()
    session.with_receipt(lambda receipt: session.ack(message, receipt=receipt))
    session.with_receipt(lambda receipt: connection.begin("t", receipt=receipt))
    session.send("/queue/r", "second", transaction="t")
    session.with_receipt(lambda receipt: connection.commit("t", receipt=receipt))
    session.with_receipt(lambda receipt: connection.begin("t", receipt=receipt))
    session.with_receipt(lambda receipt: connection.abort("t", receipt=receipt))
    session.unsubscribe()


@check("ack:client-individual leaves the others unacknowledged")
def individual(connect):
    one, two = connect(), connect()
    one.consume("/queue/i", "client-individual")
    for body in ["one", "two", "three"]:
        one.send("/queue/i", body)
    messages = [one.message() for _ in range(3)]
    one.with_receipt(lambda receipt: one.ack(messages[1], receipt=receipt))
    two.consume("/queue/i", "client-individual")
    one.unsubscribe()
    two.send("/queue/i", "fence")
    left = [heard(two.message()) for _ in range(3)]
    expect(left, [("one", "true"), ("three", "true"), ("fence", None)])


@check("ack:client takes all before as well")
def cumulative(connect):
    one, two = connect(), connect()
    one.consume("/queue/c", "client")
    for body in ["one", "two", "three"]:
        one.send("/queue/c", body)
    messages = [one.message() for _ in range(3)]
    one.with_receipt(lambda receipt: one.ack(messages[1], receipt=receipt))
    two.consume("/queue/c", "client")
    one.unsubscribe()
    two.send("/queue/c", "fence")
    left = [heard(two.message()) for _ in range(2)]
    expect(left, [("three", "true"), ("fence", None)])


@check("NACK has it come again, marked as redelivered", versions=("1.1", "1.2"))
def nack(connect):
    session = connect()
    session.consume("/queue/n", "client-individual")
    session.send("/queue/n", "try me")
    first = session.message()
    expect(heard(first), ("try me", None))
    session.nack(first)
    again = session.message()
    expect(heard(again), ("try me", "true"))
    session.ack(again)
    session.send("/queue/n", "fence")
    expect(heard(session.message()), ("fence", None))


@check("COMMIT sends what BEGIN held back")
def commit(connect):
    session = connect()
    session.subscribe("/topic/tx")
    transaction = session.connection.begin()
    session.send("/topic/tx", "held", transaction=transaction)
    session.send("/topic/tx", "at once")
    session.connection.commit(transaction)
    expect([session.message().body, session.message().body], ["at once", "held"])


@check("ABORT forgets it")
def abort(connect):
    session = connect()
    session.subscribe("/topic/tx")
    transaction = session.connection.begin()
    session.send("/topic/tx", "never", transaction=transaction)
    session.connection.abort(transaction)
    session.send("/topic/tx", "fence")
    expect(session.message().body, "fence")


@check("an ACK counts once its transaction is committed")
def ack_in_transaction(connect):
    one, two = connect(), connect()
    one.consume("/queue/ta", "client-individual")
    one.send("/queue/ta", "aborted")
    one.send("/queue/ta", "committed")
    for end in [one.connection.abort, one.connection.commit]:
        transaction = one.connection.begin()
        one.ack(one.message(), transaction=transaction)
        end(transaction)
    two.consume("/queue/ta", "client-individual")
    one.unsubscribe()
    two.send("/queue/ta", "fence")
    left = [heard(two.message()) for _ in range(2)]
    expect(left, [("aborted", "true"), ("fence", None)])


@check("a queue of one's own, by login")
def own_queue(connect):
    kim, lee = connect(login="kim"), connect(login="lee")
    kim.subscribe("/user/queue/notes")
    lee.send("/user/kim/queue/notes", "for kim")
    message = kim.message()
    expect(message.body, "for kim")
    expect(message.headers["destination"], "/user/queue/notes")


@check("heart-beats keep an idle connection", versions=("1.1", "1.2"))
def heartbeats(connect):
    session = connect(heartbeats=(500, 500))
    expect(session.headers["heart-beat"], "500,500")
    # The library gives up after 750 ms without a beat.
    time.sleep(4)
    assert not session.beats_missed, "a beat came too late"
    assert session.beats >= 6, f"only {session.beats} beats in four seconds"
    session.send("/topic/still-here", "")


@check("a wildcard is refused by an ERROR, then the connection ends")
def wildcard(connect):
    session = connect()
    session.connection.subscribe("/topic/**", id="wild", headers={"receipt": "wild"})
    error = session.error()
    expect(error.headers["receipt-id"], "wild")
    assert error.headers["message"] and error.body, error
    assert session.disconnected.wait(ANSWER), "the connection stayed open"


@check("DISCONNECT is answered by its receipt")
def disconnect(connect):
    session = connect()
    # It closes once the RECEIPT of its DISCONNECT has come, and not before.
    session.with_receipt(lambda receipt: session.connection.disconnect(receipt=receipt))
    assert session.disconnected.wait(ANSWER), "the connection stayed open"


def main(arguments):
    if arguments[:1] == ["--list"]:
        print("\n".join(name for version, name in CHECKS if version == arguments[1]))
        return
    address, version, name = arguments
    host, port = address.split(":")
    CHECKS[version, name](lambda **options: Session((host, int(port)), version, **options))


main(sys.argv[1:])
