//! From messages to the bytes of the wire, with as few calls to the system as there can be.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncWrite, ReadBuf};

use super::head::{self, MAX_HEAD, Opcode};

/// Bytes of small messages that are written together.
const GATHERED: usize = 16 * 1024;

/// A message up to this size is copied to the others; copying more costs more than a second slice
/// in the call.
const SMALL: usize = 4 * 1024;

/// Writes what it is given at once, and keeps only what the peer does not take.
#[derive(Debug, Default)]
pub(super) struct Writer {
    /// What the peer has not taken of what it was offered, heads included.
    rest: VecDeque<Bytes>,
    /// Whether some of it was taken since this was last asked.
    moved: bool,
}

impl Writer {
    /// Whether the peer took something since the last question.
    pub(super) fn moved(&mut self) -> bool {
        std::mem::take(&mut self.moved)
    }

    /// Whether the peer has left something of what it was offered.
    pub(super) fn is_stuck(&self) -> bool {
        !self.rest.is_empty()
    }

    /// Goes on with bytes that the peer has not taken of what others have offered it.
    pub(super) fn keep(&mut self, rest: Bytes) {
        self.rest.push_back(rest);
        self.moved = true;
    }

    /// Writes all that `next` gives, until there is nothing more or the peer takes no more. What
    /// was not taken before goes first, and until it is taken `next` is asked for nothing.
    pub(super) fn poll_write(
        &mut self,
        mut io: Pin<&mut impl AsyncWrite>,
        cx: &mut Context<'_>,
        mut next: impl FnMut() -> Option<(Opcode, Bytes)>,
    ) -> Poll<io::Result<()>> {
        loop {
            while let Some(rest) = self.rest.front_mut() {
                let taken = ready!(io.as_mut().poll_write(cx, rest))?;
                self.moved |= taken > 0;
                rest.advance(some(taken)?);
                if rest.is_empty() {
                    self.rest.pop_front();
                }
            }
            // It is held only while it is written, so that an idle connection costs no buffer.
            let mut space = [MaybeUninit::uninit(); GATHERED];
            let mut small = ReadBuf::uninit(&mut space);
            let mut large = Bytes::new();
            while large.is_empty() && small.remaining() >= MAX_HEAD + SMALL {
                let Some((opcode, message)) = next() else {
                    break;
                };
                small.put_slice(head::write(opcode, message.len(), &mut [0; MAX_HEAD]));
                if message.len() <= SMALL {
                    small.put_slice(&message);
                } else {
                    large = message;
                }
            }
            let small = small.filled();
            if small.is_empty() {
                return io.poll_flush(cx);
            }
            let written = if large.is_empty() {
                io.as_mut().poll_write(cx, small)
            } else {
                let slices = [IoSlice::new(small), IoSlice::new(&large)];
                io.as_mut().poll_write_vectored(cx, &slices)
            };
            let (taken, pending) = match written {
                Poll::Ready(taken) => (some(taken?)?, false),
                Poll::Pending => (0, true),
            };
            self.moved |= taken > 0;
            let of_small = taken.min(small.len());
            if of_small < small.len() {
                self.rest
                    .push_back(Bytes::copy_from_slice(&small[of_small..]));
            }
            large.advance(taken - of_small);
            if !large.is_empty() {
                self.rest.push_back(large);
            }
            if pending {
                return Poll::Pending;
            }
        }
    }
}

/// Nothing taken, and no waiting for it: the stream will never take anything again.
fn some(taken: usize) -> io::Result<usize> {
    match taken {
        0 => Err(io::ErrorKind::WriteZero.into()),
        taken => Ok(taken),
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt, duplex};

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn whatever_the_peer_takes_at_a_time_the_bytes_are_the_same(
            lengths in proptest::collection::vec(
                prop_oneof![0_usize..300, SMALL - 1..SMALL + 2, Just(70_000)],
                0..40,
            ),
            room in prop_oneof![1_usize..200, Just(1 << 20)],
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let (mut ours, mut theirs) = duplex(room.max(lengths.iter().sum::<usize>() / 500));
                let mut expected: Vec<u8> = Vec::new();
                let mut messages = Vec::new();
                for (number, length) in lengths.into_iter().enumerate() {
                    let message = vec![number as u8; length];
                    expected.extend(head::write(Opcode::Text, length, &mut [0; MAX_HEAD]));
                    expected.extend(&message);
                    messages.push(Bytes::from(message));
                }
                let mut messages = messages.into_iter();
                let mut writer = Writer::default();
                let writing = async move {
                    poll_fn(|cx| {
                        let next = || Some((Opcode::Text, messages.next()?));
                        writer.poll_write(Pin::new(&mut ours), cx, next)
                    })
                    .await
                    .unwrap();
                };
                let mut written = Vec::new();
                let (_, read) = futures_util::join!(writing, theirs.read_to_end(&mut written));
                read.unwrap();
                assert!(written == expected);
            });
        }
    }
}
