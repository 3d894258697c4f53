//! A proxy between the clients and the server that cuts connections wherever it is told to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};

use super::dice::Dice;

/// Octets carried at once.
const BUFFER: usize = 4 * 1024;

/// A cut is due within so many octets of what the server says, and of what a client says, which
/// is a tenth of it.
const WITHIN: [usize; 2] = [4_000, 400];

/// A connection that carries too little is cut where it stands after this time.
const AT_LAST: Duration = Duration::from_millis(100);

/// The connections that are open, whichever listener they came by.
#[derive(Debug, Default)]
pub(super) struct Proxy(Mutex<Vec<Arc<Fuse>>>);

/// What ends one connection.
#[derive(Debug, Default)]
struct Fuse {
    cut: Mutex<Option<Cut>>,
    now: Notify,
}

#[derive(Debug)]
struct Cut {
    way: Way,
    /// Octets that still go that way.
    after: usize,
    /// Whether both ends see a reset, rather than an orderly end.
    resets: bool,
    done: oneshot::Sender<()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    ToClient,
    ToServer,
}

/// Where the server listens at the moment; it is another port whenever it was started again.
pub(super) type Upstream = Arc<Mutex<SocketAddr>>;

impl Proxy {
    /// Listens on a free port, and carries what comes there to the server until this is dropped.
    pub(super) async fn listen(self: &Arc<Self>, to: Upstream) -> anyhow::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let proxy = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (proxy, to) = (Arc::clone(&proxy), *lock(&to));
                tokio::spawn(async move { proxy.serve(client, to).await });
            }
        });
        Ok(address)
    }

    async fn serve(&self, client: TcpStream, to: SocketAddr) {
        // While the server is down, the client finds a connection that ends at once.
        let Ok(server) = TcpStream::connect(to).await else {
            return;
        };
        let fuse = Arc::new(Fuse::default());
        lock(&self.0).push(Arc::clone(&fuse));
        carry_both(client, server, &fuse).await;
        lock(&self.0).retain(|other| !Arc::ptr_eq(other, &fuse));
        // Whoever waits for a cut that did not come hears of it.
        lock(&fuse.cut).take();
    }

    /// Cuts one connection off, somewhere within what it carries next.
    pub(super) async fn cut(&self, dice: &mut Dice) {
        loop {
            let (done, mut cut) = oneshot::channel();
            let Some(fuse) = self.light(dice, done) else {
                // Nobody is connected; clients come back all the time.
                tokio::time::sleep(AT_LAST / 10).await;
                continue;
            };
            let cut = match tokio::time::timeout(AT_LAST, &mut cut).await {
                Ok(cut) => cut,
                Err(_) => {
                    fuse.now.notify_one();
                    cut.await
                }
            };
            // An error: it ended by itself, or by the server's death, before it was cut.
            if cut.is_ok() {
                return;
            }
        }
    }

    fn light(&self, dice: &mut Dice, done: oneshot::Sender<()>) -> Option<Arc<Fuse>> {
        let fuses = lock(&self.0);
        let fuse = fuses.get(dice.below(fuses.len()))?;
        let (way, within) = match dice.below(2) {
            0 => (Way::ToClient, WITHIN[0]),
            _ => (Way::ToServer, WITHIN[1]),
        };
        *lock(&fuse.cut) = Some(Cut {
            way,
            after: dice.below(within),
            resets: dice.below(2) == 0,
            done,
        });
        Some(Arc::clone(fuse))
    }
}

impl Fuse {
    /// How many of `octets` may still pass; less than all of them where the cut is due.
    fn pass(&self, way: Way, octets: usize) -> usize {
        match &mut *lock(&self.cut) {
            Some(cut) if cut.way == way => {
                let pass = octets.min(cut.after);
                cut.after -= pass;
                pass
            }
            _ => octets,
        }
    }
}

async fn carry_both(mut client: TcpStream, mut server: TcpStream, fuse: &Fuse) {
    // Nothing is to be held back, and where that cannot be had the cuts are as good.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let was_cut = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        tokio::select! {
            was_cut = carry(from_server, to_client, Way::ToClient, fuse) => was_cut,
            was_cut = carry(from_client, to_server, Way::ToServer, fuse) => was_cut,
            () = fuse.now.notified() => true,
        }
    };
    let cut = lock(&fuse.cut).take().filter(|_| was_cut);
    let Some(cut) = cut else { return };
    if cut.resets {
        let _ = (client.set_zero_linger(), server.set_zero_linger());
    }
    drop((client, server));
    // Nobody may wait any more.
    let _ = cut.done.send(());
}

/// Carries octets one way, and tells whether it ended by the fuse.
async fn carry(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, way: Way, fuse: &Fuse) -> bool {
    let mut buffer = [0; BUFFER];
    loop {
        let read = match from.read(&mut buffer).await {
            Ok(0) | Err(_) => return false,
            Ok(read) => read,
        };
        let pass = fuse.pass(way, read);
        if to.write_all(&buffer[..pass]).await.is_err() {
            return false;
        }
        if pass < read {
            return true;
        }
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A proxy before a server that says `text` to everybody.
    async fn before(text: &'static [u8]) -> (Arc<Proxy>, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = Arc::new(Mutex::new(listener.local_addr().unwrap()));
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.write_all(text).await.unwrap();
                open.push(stream);
            }
        });
        let proxy = Arc::new(Proxy::default());
        let address = proxy.listen(to).await.unwrap();
        (proxy, address)
    }

    #[tokio::test]
    async fn what_is_not_cut_is_carried() {
        let (_proxy, address) = before(b"hello").await;
        let mut client = TcpStream::connect(address).await.unwrap();
        let mut read = [0; 5];
        client.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"hello");
    }

    #[tokio::test]
    async fn a_connection_that_is_cut_ends_and_others_go_on() {
        let (proxy, address) = before(b"!").await;
        let mut streams = Vec::new();
        for _ in 0..3 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            assert_eq!(stream.read_u8().await.unwrap(), b'!');
            streams.push(stream);
        }
        proxy.cut(&mut Dice::new(1, &[])).await;
        assert_eq!(lock(&proxy.0).len(), 2);
        let (ended, _, others) =
            futures_util::future::select_all(streams.iter_mut().map(|it| Box::pin(it.read_u8())))
                .await;
        assert!(ended.is_err());
        assert_eq!(others.len(), 2);
    }

    #[test]
    fn a_fuse_lets_so_many_octets_pass_one_way() {
        let fuse = Fuse::default();
        assert_eq!(fuse.pass(Way::ToClient, 100), 100);
        *lock(&fuse.cut) = Some(Cut {
            way: Way::ToServer,
            after: 7,
            resets: false,
            done: oneshot::channel().0,
        });
        assert_eq!(fuse.pass(Way::ToClient, 100), 100);
        assert_eq!(fuse.pass(Way::ToServer, 5), 5);
        assert_eq!(fuse.pass(Way::ToServer, 5), 2);
    }
}
