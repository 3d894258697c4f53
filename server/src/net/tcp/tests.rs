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
