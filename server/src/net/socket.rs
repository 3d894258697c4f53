//! A TCP connection that more than one may write to.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

/// A TCP connection. Whoever holds a [`handle`](Self::handle) may write to it beside its owner, but
/// not wait for it, and keeps it open.
#[derive(Debug)]
pub(crate) struct Socket(Arc<TcpStream>);

impl Socket {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self(Arc::new(stream))
    }

    pub(crate) fn handle(&self) -> Arc<TcpStream> {
        Arc::clone(&self.0)
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.poll_read_ready(cx))?;
            match read(&self.0, buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }
}

/// Reads what is there. A read that does not fill the buffer has emptied the socket: to say so
/// saves the call that would find it empty.
fn read(stream: &TcpStream, buffer: &mut ReadBuf<'_>) -> io::Result<()> {
    let mut read = None;
    let tried = stream.try_io(Interest::READABLE, || {
        // No byte of it is read before it is written to, and it is never written to otherwise.
        let space = buffer.initialize_unfilled();
        let count = io::Read::read(&mut &*SockRef::from(stream), space)?;
        read = Some(count);
        if (1..space.len()).contains(&count) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(())
    });
    match read {
        Some(count) => {
            buffer.advance(count);
            Ok(())
        }
        None => tried,
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll(cx, |stream| stream.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll(cx, |stream| stream.try_write_vectored(slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(SockRef::from(&*self.0).shutdown(std::net::Shutdown::Write))
    }
}

impl Socket {
    /// Writes as soon as the system takes something.
    fn poll(
        &self,
        cx: &mut Context<'_>,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(cx))?;
            match write(&self.0) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    async fn pair() -> (Socket, TcpStream) {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = TcpListener::bind(anywhere).await.unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).await;
        let (ours, _) = listener.accept().await.unwrap();
        (Socket::new(ours), peer.unwrap())
    }

    #[tokio::test]
    async fn what_comes_in_pieces_is_read_whole() {
        let (mut ours, mut peer) = pair().await;
        let talking = tokio::spawn(async move {
            for length in [1, 8192, 8193, 100_000, 7] {
                peer.write_all(&vec![b'x'; length]).await.unwrap();
                assert_eq!(peer.read_u8().await.unwrap(), b'!');
            }
        });
        for length in [1, 8192, 8193, 100_000, 7] {
            let mut left = length;
            while left > 0 {
                let mut space = [0; 8192];
                let read = ours.read(&mut space).await.unwrap();
                assert_ne!(read, 0);
                left -= read;
            }
            ours.write_all(b"!").await.unwrap();
        }
        talking.await.unwrap();
        assert_eq!(
            ours.read(&mut [0; 10]).await.unwrap(),
            0,
            "the end is heard"
        );
    }

    #[tokio::test]
    async fn two_write_and_the_end_comes_after_both() {
        let (mut ours, mut peer) = pair().await;
        let handle = ours.handle();
        ours.write_all(b"one ").await.unwrap();
        assert_eq!(handle.try_write(b"two ").unwrap(), 4);
        let slices = [IoSlice::new(b"thr"), IoSlice::new(b"ee")];
        assert_eq!(ours.write_vectored(&slices).await.unwrap(), 5);
        ours.shutdown().await.unwrap();
        let mut heard = String::new();
        peer.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "one two three");
    }

    #[tokio::test]
    async fn who_writes_more_than_the_peer_takes_waits_for_it() {
        let (mut ours, mut peer) = pair().await;
        let all = vec![b'x'; 20_000_000];
        let reading = tokio::spawn(async move {
            let mut heard = Vec::new();
            peer.read_to_end(&mut heard).await.unwrap();
            heard.len()
        });
        ours.write_all(&all).await.unwrap();
        drop(ours);
        assert_eq!(reading.await.unwrap(), all.len());
    }
}
