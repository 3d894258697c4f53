package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-stomp/stomp/v3"
	"github.com/go-stomp/stomp/v3/frame"
)

// How long any one answer may take.
const answer = 10 * time.Second

type dialer struct{ address string }

// A connection whose sends return once the server has done them.
type peer struct {
	*stomp.Conn
	headers *frame.Header
}

func (d dialer) connect(options ...func(*stomp.Conn) error) (*peer, error) {
	made := new(peer)
	options = append(options,
		stomp.ConnOpt.RcvReceiptTimeout(answer),
		stomp.ConnOpt.DisconnectReceiptTimeout(answer),
		stomp.ConnOpt.UnsubscribeReceiptTimeout(answer),
		stomp.ConnOpt.Logger(quiet{}),
		stomp.ConnOpt.ResponseHeaders(func(headers *frame.Header) { made.headers = headers }),
	)
	conn, err := stomp.Dial("tcp", d.address, options...)
	made.Conn = conn
	return made, err
}

// The two of most checks.
func (d dialer) two() (*peer, *peer, error) {
	one, err := d.connect()
	if err != nil {
		return nil, nil, err
	}
	two, err := d.connect()
	return one, two, err
}

func (p *peer) send(destination, body string) error {
	return p.Send(destination, "text/plain", []byte(body), stomp.SendOpt.Receipt)
}

// Subscribes; the subscription stands when it returns. The library knows no receipt for that, so
// that one is asked for what comes after it.
func (p *peer) listen(
	destination string, mode stomp.AckMode, options ...func(*frame.Frame) error,
) (*stomp.Subscription, error) {
	subscription, err := p.Subscribe(destination, mode, options...)
	if err != nil {
		return nil, err
	}
	return subscription, p.send("/topic/done", "")
}

// Subscribes as one of those who share a queue.
func (p *peer) consume(destination string, mode stomp.AckMode) (*stomp.Subscription, error) {
	return p.listen(destination, mode, stomp.SubscribeOpt.Header("x-queue", "shared"))
}

// Tells whether the next messages are these; `!` stands before the body of a redelivered one.
func hears(subscription *stomp.Subscription, bodies ...string) ([]*stomp.Message, error) {
	messages := make([]*stomp.Message, 0, len(bodies))
	for _, wanted := range bodies {
		message, err := next(subscription)
		if err != nil {
			return nil, fmt.Errorf("waiting for %q: %w", wanted, err)
		}
		body := string(message.Body)
		if message.Header.Get("redelivered") == "true" {
			body = "!" + body
		}
		if body != wanted {
			return nil, fmt.Errorf("expected %q, heard %q", wanted, body)
		}
		messages = append(messages, message)
	}
	return messages, nil
}

func next(subscription *stomp.Subscription) (*stomp.Message, error) {
	select {
	case message, ok := <-subscription.C:
		switch {
		case !ok:
			return nil, io.EOF
		case message.Err != nil:
			return nil, message.Err
		}
		return message, nil
	case <-time.After(answer):
		return nil, errors.New("nothing came")
	}
}

// What the library logs is no more than what it returns.
type quiet struct{}

func (quiet) Debugf(string, ...interface{})   {}
func (quiet) Infof(string, ...interface{})    {}
func (quiet) Warningf(string, ...interface{}) {}
func (quiet) Errorf(string, ...interface{})   {}
func (quiet) Debug(string)                    {}
func (quiet) Info(string)                     {}
func (quiet) Warning(string)                  {}
func (quiet) Error(string)                    {}
