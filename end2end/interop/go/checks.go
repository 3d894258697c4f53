package main

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/go-stomp/stomp/v3"
)

// A queue that consumers share is `x-queue:shared`.
var checks = map[string]func(dialer) error{
	"signs in with each version and a login":                    signsIn,
	"headers and bodies arrive whole, NUL included":             whole,
	"ack:client-individual leaves the others unacknowledged":    individual,
	"ack:client takes all before as well":                       cumulative,
	"NACK has it come again, marked as redelivered":             nack,
	"COMMIT sends what BEGIN held back":                         commit,
	"ABORT forgets it":                                          abort,
	"an ACK counts once its transaction is committed":           ackInTransaction,
	"heart-beats keep an idle connection":                       heartbeats,
	"reply-to a temporary queue":                                replyTo,
	"a wildcard is refused by an ERROR":                         wildcard,
	"UNSUBSCRIBE and DISCONNECT are answered by their receipts": leaves,
}

func signsIn(d dialer) error {
	for _, version := range []stomp.Version{stomp.V10, stomp.V11, stomp.V12} {
		peer, err := d.connect(
			stomp.ConnOpt.AcceptVersion(version),
			stomp.ConnOpt.Login("kim", ""),
		)
		if err != nil {
			return err
		}
		if peer.Version() != version {
			return fmt.Errorf("asked for %s, got %s", version, peer.Version())
		}
		if name := peer.headers.Get("user-name"); name != "kim" {
			return fmt.Errorf("the user-name is %q", name)
		}
	}
	return nil
}

func whole(d dialer) error {
	peer, err := d.connect()
	if err != nil {
		return err
	}
	inbox, err := peer.listen("/topic/whole", stomp.AckAuto)
	if err != nil {
		return err
	}
	const odd = "a:b\\x\nc\rd — 따옴표"
	octets := make([]byte, 4*256)
	for at := range octets {
		octets[at] = byte(at)
	}
	own := stomp.SendOpt.Header("x-own", odd)
	err = peer.Send("/topic/whole", "application/octet-stream", octets, own)
	if err != nil {
		return err
	}
	message, err := next(inbox)
	switch {
	case err != nil:
		return err
	case !bytes.Equal(message.Body, octets):
		return fmt.Errorf("the body came as %q", message.Body)
	case message.ContentType != "application/octet-stream":
		return fmt.Errorf("the content-type came as %q", message.ContentType)
	case message.Header.Get("x-own") != odd:
		return fmt.Errorf("the header came as %q", message.Header.Get("x-own"))
	}
	return nil
}

func individual(d dialer) error {
	return acknowledging(d, stomp.AckClientIndividual, "!one", "!three", "fence")
}

func cumulative(d dialer) error {
	return acknowledging(d, stomp.AckClient, "!three", "fence")
}

// Acknowledges the second of three messages, and leaves the rest to another.
func acknowledging(d dialer, mode stomp.AckMode, left ...string) error {
	one, two, err := d.two()
	if err != nil {
		return err
	}
	inbox, err := one.consume("/queue/a", mode)
	if err != nil {
		return err
	}
	for _, body := range []string{"one", "two", "three"} {
		if err := one.send("/queue/a", body); err != nil {
			return err
		}
	}
	messages, err := hears(inbox, "one", "two", "three")
	if err != nil {
		return err
	}
	if err := one.Ack(messages[1]); err != nil {
		return err
	}
	heir, err := two.consume("/queue/a", mode)
	if err != nil {
		return err
	}
	if err := inbox.Unsubscribe(); err != nil {
		return err
	}
	if err := two.send("/queue/a", "fence"); err != nil {
		return err
	}
	_, err = hears(heir, left...)
	return err
}

func nack(d dialer) error {
	peer, err := d.connect()
	if err != nil {
		return err
	}
	inbox, err := peer.consume("/queue/n", stomp.AckClientIndividual)
	if err != nil {
		return err
	}
	if err := peer.send("/queue/n", "try me"); err != nil {
		return err
	}
	messages, err := hears(inbox, "try me")
	if err != nil {
		return err
	}
	if err := peer.Nack(messages[0]); err != nil {
		return err
	}
	messages, err = hears(inbox, "!try me")
	if err != nil {
		return err
	}
	if err := peer.Ack(messages[0]); err != nil {
		return err
	}
	if err := peer.send("/queue/n", "fence"); err != nil {
		return err
	}
	_, err = hears(inbox, "fence")
	return err
}

func commit(d dialer) error {
	return transaction(d, (*stomp.Transaction).CommitWithReceipt, "at once", "held", "fence")
}

func abort(d dialer) error {
	return transaction(d, (*stomp.Transaction).AbortWithReceipt, "at once", "fence")
}

func transaction(d dialer, end func(*stomp.Transaction) error, left ...string) error {
	peer, err := d.connect()
	if err != nil {
		return err
	}
	inbox, err := peer.listen("/topic/tx", stomp.AckAuto)
	if err != nil {
		return err
	}
	tx := peer.Begin()
	if err := tx.Send("/topic/tx", "", []byte("held"), stomp.SendOpt.Receipt); err != nil {
		return err
	}
	if err := peer.send("/topic/tx", "at once"); err != nil {
		return err
	}
	if err := end(tx); err != nil {
		return err
	}
	if err := peer.send("/topic/tx", "fence"); err != nil {
		return err
	}
	_, err = hears(inbox, left...)
	return err
}

func ackInTransaction(d dialer) error {
	one, two, err := d.two()
	if err != nil {
		return err
	}
	inbox, err := one.consume("/queue/ta", stomp.AckClientIndividual)
	if err != nil {
		return err
	}
	for _, body := range []string{"aborted", "committed"} {
		if err := one.send("/queue/ta", body); err != nil {
			return err
		}
	}
	messages, err := hears(inbox, "aborted", "committed")
	if err != nil {
		return err
	}
	aborted, committed := one.Begin(), one.Begin()
	err = errors.Join(
		aborted.Ack(messages[0]),
		committed.Ack(messages[1]),
		aborted.AbortWithReceipt(),
		committed.CommitWithReceipt(),
	)
	if err != nil {
		return err
	}
	heir, err := two.consume("/queue/ta", stomp.AckClientIndividual)
	if err != nil {
		return err
	}
	if err := inbox.Unsubscribe(); err != nil {
		return err
	}
	if err := two.send("/queue/ta", "fence"); err != nil {
		return err
	}
	_, err = hears(heir, "!aborted", "fence")
	return err
}

func heartbeats(d dialer) error {
	// The library gives up after 500 ms and 300 ms of grace without a beat.
	peer, err := d.connect(
		stomp.ConnOpt.HeartBeat(500*time.Millisecond, 500*time.Millisecond),
		stomp.ConnOpt.HeartBeatError(300*time.Millisecond),
	)
	if err != nil {
		return err
	}
	if agreed := peer.headers.Get("heart-beat"); agreed != "500,500" {
		return fmt.Errorf("the server offers %q", agreed)
	}
	inbox, err := peer.listen("/topic/hb", stomp.AckAuto)
	if err != nil {
		return err
	}
	time.Sleep(4 * time.Second)
	if err := peer.send("/topic/hb", "still here"); err != nil {
		return err
	}
	_, err = hears(inbox, "still here")
	return err
}

func replyTo(d dialer) error {
	asks, answers, err := d.two()
	if err != nil {
		return err
	}
	questions, err := answers.listen("/queue/questions", stomp.AckAuto)
	if err != nil {
		return err
	}
	// As the library has it for RabbitMQ: this SUBSCRIBE is known to it alone and is never sent.
	const mine = "/temp-queue/mine"
	known := stomp.SubscribeOpt.Header(stomp.ReplyToHeader, mine)
	heard, err := asks.Subscribe(mine, stomp.AckAuto, known)
	if err != nil {
		return err
	}
	wanted := stomp.SendOpt.Header(stomp.ReplyToHeader, mine)
	err = asks.Send("/queue/questions", "", []byte("how late is it?"), wanted)
	if err != nil {
		return err
	}
	question, err := hears(questions, "how late is it?")
	if err != nil {
		return err
	}
	if err := answers.send(question[0].Header.Get(stomp.ReplyToHeader), "late"); err != nil {
		return err
	}
	_, err = hears(heard, "late")
	return err
}

func wildcard(d dialer) error {
	peer, err := d.connect()
	if err != nil {
		return err
	}
	inbox, err := peer.Subscribe("/topic/**", stomp.AckAuto)
	if err != nil {
		return err
	}
	_, err = next(inbox)
	var refused *stomp.Error
	if !errors.As(err, &refused) || refused.Message == "" {
		return fmt.Errorf("expected an ERROR, got %v", err)
	}
	return nil
}

func leaves(d dialer) error {
	peer, err := d.connect()
	if err != nil {
		return err
	}
	inbox, err := peer.listen("/topic/l", stomp.AckAuto)
	if err != nil {
		return err
	}
	if err := inbox.Unsubscribe(); err != nil {
		return err
	}
	return peer.Disconnect()
}
