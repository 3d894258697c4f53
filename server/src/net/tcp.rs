//! A link that is a byte stream: TCP, with or without TLS.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep, timeout};
use tracing::debug;

use super::direct::Direct;
use super::link::{Gone, Link};

/// Bytes taken from the peer at a time. The room for them is held only while they are copied, so
/// that an idle connection costs no buffer.
const READ: usize = 8 * 1024;

/// Frames that are written with one call to the system.
const SLICES: usize = 64;

/// Slots that an empty outbox may keep.
const KEPT_SLOTS: usize = 32;

/// How much a peer may leave waiting, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Bytes that may wait to be written; the frame that passes this is still taken.
    pub(crate) outbox: usize,
    /// A peer that takes not one byte for this long is given up.
    pub(crate) send: Duration,
    /// How long the end may take once everything is written.
    pub(crate) close: Duration,
}

/// TCP sessions are given what SockJS sessions are given.
impl From<&sockjs::Options> for Patience {
    fn from(options: &sockjs::Options) -> Self {
        Self {
            outbox: options.outbox,
            send: options.send_timeout,
            close: options.close_timeout,
        }
    }
}

/// STOMP frames one after the other on a byte stream (STOMP 1.2, Augmented BNF).
#[derive(Debug)]
pub(crate) struct Tcp<Io> {
    io: Io,
    transport: &'static str,
    remote: SocketAddr,
    patience: Patience,
    /// Frames, shared with other sessions, that are not written yet; the first perhaps in part.
    outbox: VecDeque<Bytes>,
    /// The bytes in `outbox`.
    waiting: usize,
    /// The peer has taken nothing for too long, and is not listened to either any more.
    given_up: bool,
    /// The way for others to write to the peer, where nothing lies between.
    direct: Option<Arc<Direct>>,
    /// There while the outbox begins with what others have begun: until when the peer may leave it.
    rest: Option<Pin<Box<Sleep>>>,
}

impl<Io: AsyncRead + AsyncWrite + Unpin + Send> Tcp<Io> {
    pub(crate) fn new(
        io: Io,
        transport: &'static str,
        remote: SocketAddr,
        patience: Patience,
    ) -> Self {
        Self {
            io,
            transport,
            remote,
            patience,
            outbox: VecDeque::new(),
            waiting: 0,
            given_up: false,
            direct: None,
            rest: None,
        }
    }

    /// Lets others write to the stream that lies beneath this one and carries the same bytes.
    pub(crate) fn over(mut self, stream: Option<Arc<TcpStream>>) -> Self {
        self.direct = stream.map(|stream| Arc::new(Direct::new(stream)));
        self
    }

    /// What others have begun to write comes before anything else.
    fn take_rest(&mut self) {
        let rest = self.direct.as_ref().map(|direct| direct.take_rest());
        if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
            self.waiting += rest.len();
            self.outbox.push_front(rest);
            self.rest = Some(Box::pin(sleep(self.patience.send)));
        }
    }

    /// Writes what others have begun, as the peer takes it. The session need not have anything to
    /// say for that.
    fn poll_rest(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        self.take_rest();
        while !self.outbox.is_empty() {
            match self.poll_write(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => {
                    // What the peer said before is still to be heard. Nobody writes after half a
                    // frame: whoever tries finds out.
                    debug!(remote = %self.remote, %error, "the connection broke");
                    self.outbox.clear();
                    self.waiting = 0;
                    self.rest = None;
                }
                Poll::Pending => {
                    let late = self.rest.as_mut().map(|rest| rest.as_mut().poll(cx));
                    if late.is_some_and(|late| late.is_ready()) {
                        self.given_up = true;
                        return Err(io::ErrorKind::TimedOut.into());
                    }
                    break;
                }
            }
        }
        Ok(())
    }

    /// Writes some of what waits, as soon as the peer takes it.
    async fn write(&mut self) -> Result<(), Gone> {
        let patience = self.patience.send;
        self.in_time(patience, |link, cx| link.poll_write(cx)).await
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut slices = [IoSlice::new(&[]); SLICES];
        let mut count = 0;
        for (slice, frame) in slices.iter_mut().zip(&self.outbox) {
            *slice = IoSlice::new(frame);
            count += 1;
        }
        let written = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, &slices[..count]))?;
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.written(written);
        Poll::Ready(Ok(()))
    }

    /// Takes this many bytes off the outbox.
    fn written(&mut self, mut bytes: usize) {
        self.waiting -= bytes;
        if let Some(rest) = &mut self.rest {
            rest.as_mut().reset(Instant::now() + self.patience.send);
        }
        while let Some(frame) = self.outbox.front_mut() {
            if bytes < frame.len() {
                frame.advance(bytes);
                return;
            }
            bytes -= frame.len();
            self.outbox.pop_front();
        }
        if self.rest.take().is_some()
            && let Some(direct) = &self.direct
        {
            direct.written();
        }
        if self.outbox.capacity() > KEPT_SLOTS {
            self.outbox = VecDeque::new();
        }
    }

    /// Waits for what `poll` does, for a while.
    async fn in_time(
        &mut self,
        patience: Duration,
        mut poll: impl FnMut(&mut Self, &mut Context<'_>) -> Poll<io::Result<()>> + Send,
    ) -> Result<(), Gone> {
        match timeout(patience, poll_fn(|cx| poll(self, cx))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                debug!(remote = %self.remote, %error, "the connection broke");
                Err(Gone)
            }
            Err(_) => {
                debug!(remote = %self.remote, "the peer takes nothing");
                self.given_up = true;
                Err(Gone)
            }
        }
    }

    /// Ends our half, and takes in what still comes until the peer ends its own: hanging up with
    /// bytes unread would reset the connection, and the peer would lose the last frames.
    async fn hang_up(&mut self) -> io::Result<()> {
        self.io.shutdown().await?;
        while !self.read().await?.is_empty() {}
        Ok(())
    }

    /// What the peer sends, empty at its end.
    async fn read(&mut self) -> io::Result<Bytes> {
        poll_fn(|cx| {
            self.poll_rest(cx)?;
            let mut space = [MaybeUninit::uninit(); READ];
            let mut buffer = ReadBuf::uninit(&mut space);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer))?;
            Poll::Ready(Ok(Bytes::copy_from_slice(buffer.filled())))
        })
        .await
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin + Send> Link for Tcp<Io> {
    fn transport(&self) -> &'static str {
        self.transport
    }

    fn remote(&self) -> Option<SocketAddr> {
        Some(self.remote)
    }

    fn outlet(&mut self) -> Option<Arc<dyn broker::Outlet>> {
        let direct = self.direct.clone()?;
        Some(direct)
    }

    async fn recv(&mut self) -> Option<Bytes> {
        if self.given_up {
            return None;
        }
        match self.read().await {
            Ok(bytes) => (!bytes.is_empty()).then_some(bytes),
            Err(error) => {
                debug!(remote = %self.remote, %error, "the connection broke");
                None
            }
        }
    }

    async fn feed(&mut self, frame: Bytes) -> Result<(), Gone> {
        if self.given_up {
            return Err(Gone);
        }
        self.take_rest();
        while self.waiting >= self.patience.outbox && !self.outbox.is_empty() {
            self.write().await?;
        }
        if !frame.is_empty() {
            self.waiting += frame.len();
            self.outbox.push_back(frame);
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        if self.given_up {
            return Err(Gone);
        }
        self.take_rest();
        while !self.outbox.is_empty() {
            self.write().await?;
        }
        // TLS may hold a record back; TCP has nothing to do here.
        let patience = self.patience.send;
        self.in_time(patience, |link, cx| Pin::new(&mut link.io).poll_flush(cx))
            .await
    }

    /// The stream carries neither code nor reason: they are for the log.
    async fn close(mut self, code: u16, reason: &str) {
        debug!(remote = %self.remote, code, reason, "closing");
        let Patience { send, close, .. } = self.patience;
        if let Ok(Ok(())) = timeout(send, self.flush()).await {
            // A peer that does not hang up in time is hung up on.
            let _ = timeout(close, self.hang_up()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, DuplexStream, duplex};

    const SECOND: Duration = Duration::from_secs(1);

    /// A link and its peer, with room for this many bytes between them.
    fn pair(room: usize) -> (Tcp<DuplexStream>, DuplexStream) {
        let (ours, theirs) = duplex(room);
        let patience = Patience {
            outbox: 64,
            send: 10 * SECOND,
            close: 2 * SECOND,
        };
        let remote = SocketAddr::from(([127, 0, 0, 1], 1));
        (Tcp::new(ours, "tcp", remote, patience), theirs)
    }

    fn frames(count: usize) -> Vec<Bytes> {
        (0..count)
            .map(|number| Bytes::from(format!("{number};").repeat(number % 7)))
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn frames_arrive_in_order_however_the_stream_cuts_them() {
        for room in [1, 7, 64, 100_000] {
            let (mut link, mut peer) = pair(room);
            let all = frames(500).concat();
            let reading = tokio::spawn(async move {
                let mut read = Vec::new();
                peer.read_to_end(&mut read).await.unwrap();
                read
            });
            for frame in frames(500) {
                link.feed(frame).await.unwrap();
            }
            link.flush().await.unwrap();
            assert_eq!((link.waiting, link.outbox.len()), (0, 0));
            link.close(1000, "done").await;
            assert!(reading.await.unwrap() == all, "room for {room}");
        }
    }

    /// Takes three bytes, and no more.
    #[derive(Debug)]
    struct Three(std::sync::atomic::AtomicUsize);

    impl sockjs::TryWrite for Three {
        fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
            let count = self.0.swap(0, std::sync::atomic::Ordering::Relaxed);
            match count.min(bytes.len()) {
                0 => Err(io::ErrorKind::WouldBlock.into()),
                taken => Ok(taken),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_others_have_begun_comes_before_anything_else() {
        use broker::Written;

        for waits in [false, true] {
            let (mut link, mut peer) = pair(100);
            link.direct = Some(Arc::new(Direct::new(Arc::new(Three(3.into())))));
            let outlet = link.outlet().unwrap();
            assert_eq!(outlet.write(&Bytes::from_static(b"one two")), Written::Some);
            assert_eq!(outlet.write(&Bytes::from_static(b"not yet")), Written::None);
            if waits {
                // A session that waits for its peer writes it as well.
                let heard = timeout(SECOND, link.recv()).await;
                assert!(heard.is_err(), "the peer says nothing");
            }
            link.feed(Bytes::from_static(b" three")).await.unwrap();
            link.close(1000, "done").await;
            let mut read = String::new();
            peer.read_to_string(&mut read).await.unwrap();
            assert_eq!(
                read, " two three",
                "after the three bytes that were taken at once"
            );
        }
    }

    /// A link whose peer has been sent `one` of `one two` by others, and the way for them.
    fn begun(room: usize) -> (Tcp<DuplexStream>, DuplexStream, Arc<Three>) {
        let (mut link, peer) = pair(room);
        let three = Arc::new(Three(3.into()));
        link.direct = Some(Arc::new(Direct::new(three.clone())));
        let outlet = link.outlet().unwrap();
        assert_eq!(
            outlet.write(&Bytes::from_static(b"one two")),
            broker::Written::Some
        );
        (link, peer, three)
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_else_writes_before_what_was_begun_is_written() {
        let (mut link, mut peer, three) = begun(1);
        let outlet = link.outlet().unwrap();
        // The session hears of something else, and has taken the rest meanwhile.
        peer.write_all(b"!").await.unwrap();
        assert_eq!(link.recv().await.unwrap(), "!");
        three.0.store(3, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(
            outlet.write(&Bytes::from_static(b"not yet")),
            broker::Written::None
        );
        let reading = tokio::spawn(async move {
            let mut rest = [0; 4];
            peer.read_exact(&mut rest).await.unwrap();
            assert_eq!(&rest, b" two");
            peer
        });
        let heard = timeout(SECOND, link.recv()).await;
        assert!(heard.is_err(), "the peer says nothing");
        assert_eq!(
            outlet.write(&Bytes::from_static(b"now")),
            broker::Written::All
        );
        reading.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_leaves_what_was_begun_is_given_up() {
        let (mut link, mut peer, _) = begun(1);
        let start = Instant::now();
        let reading = tokio::spawn(async move {
            sleep(9 * SECOND).await;
            peer.read_exact(&mut [0; 2]).await.unwrap();
            sleep(3600 * SECOND).await;
        });
        let heard = timeout(60 * SECOND, link.recv()).await;
        assert_eq!(heard, Ok(None), "it takes not one byte for ten seconds");
        // Nor is it waited for again.
        assert_eq!(link.feed(Bytes::from_static(b"!")).await, Err(Gone));
        assert_eq!(link.flush().await, Err(Gone));
        assert_eq!(start.elapsed().as_secs(), 19);
        reading.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_peer_said_is_heard_though_it_has_left_what_was_begun() {
        let (mut link, mut peer, _) = begun(100);
        peer.write_all(b"goodbye").await.unwrap();
        drop(peer);
        assert_eq!(link.recv().await.unwrap(), "goodbye");
        assert_eq!(link.recv().await, None);
    }

    #[tokio::test]
    async fn nothing_is_written_before_it_must_be() {
        let (mut link, mut peer) = pair(1000);
        link.feed(Bytes::from_static(&[b'a'; 63])).await.unwrap();
        link.feed(Bytes::from_static(&[b'b'; 100])).await.unwrap();
        assert_eq!(
            link.waiting, 163,
            "the frame that passes the limit is taken"
        );
        link.feed(Bytes::from_static(b"c")).await.unwrap();
        assert_eq!(link.waiting, 1, "all before it was written to make room");
        link.flush().await.unwrap();
        let mut read = [0; 164];
        peer.read_exact(&mut read).await.unwrap();
        assert_eq!((read[62], read[63], read[163]), (b'a', b'b', b'c'));
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_nothing_is_gone_after_the_send_timeout() {
        let (mut link, _peer) = pair(10);
        let start = Instant::now();
        link.feed(Bytes::from_static(&[0; 11])).await.unwrap();
        assert_eq!(link.flush().await, Err(Gone));
        assert_eq!(start.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_peer_is_waited_for_as_long_as_it_takes_something() {
        let (mut link, mut peer) = pair(1);
        let reading = tokio::spawn(async move {
            for _ in 0..5 {
                sleep(9 * SECOND).await;
                peer.read_u8().await.unwrap();
            }
            peer
        });
        let start = Instant::now();
        link.feed(Bytes::from_static(b"slow")).await.unwrap();
        link.feed(Bytes::from_static(b"!")).await.unwrap();
        link.flush().await.unwrap();
        assert!(start.elapsed() >= 36 * SECOND);
        reading.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_waits_for_the_peer_but_not_for_ever() {
        let (mut link, mut peer) = pair(100);
        link.feed(Bytes::from_static(b"last words")).await.unwrap();
        let start = Instant::now();
        let talking = tokio::spawn(async move {
            // It sends on without reading, and never hangs up.
            while peer.write_all(b"more").await.is_ok() {
                sleep(SECOND / 10).await;
            }
            let mut read = Vec::new();
            peer.read_to_end(&mut read).await.unwrap();
            read
        });
        link.close(1002, "refused").await;
        assert_eq!(start.elapsed().as_secs(), 2);
        assert_eq!(talking.await.unwrap(), b"last words");
    }

    #[tokio::test]
    async fn what_the_peer_sends_comes_until_it_hangs_up() {
        let (mut link, mut peer) = pair(100_000);
        peer.write_all(&[b'x'; READ + 1]).await.unwrap();
        peer.shutdown().await.unwrap();
        assert_eq!(link.recv().await.unwrap().len(), READ);
        assert_eq!(link.recv().await.unwrap().len(), 1);
        assert_eq!(link.recv().await, None);
    }
}
