//! The server's program as a child that is killed and started again on the same data.

use std::ffi::OsString;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

/// Between two attempts to start: PostgreSQL needs a moment to notice that the one before is gone.
const RETRY: Duration = Duration::from_millis(50);

/// How the program is started, and what it works on.
#[derive(Debug)]
pub(super) struct Program {
    server: PathBuf,
    args: Vec<OsString>,
    folder: TempDir,
    patience: Duration,
    running: Option<Running>,
}

/// It is killed when this is dropped.
#[derive(Debug)]
struct Running {
    child: Child,
    /// Held, so that what it prints goes somewhere.
    _out: BufReader<ChildStdout>,
}

/// Where it listens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addresses {
    pub(super) http: SocketAddr,
    pub(super) stomp: SocketAddr,
}

impl Program {
    /// A program with data of its own; it does not run yet.
    ///
    /// # Errors
    ///
    /// Where there is no such program, or no place for its data.
    pub(super) fn new(
        server: &Path,
        args: &[OsString],
        patience: Duration,
    ) -> anyhow::Result<Self> {
        let server = server.canonicalize().with_context(|| {
            format!(
                "there is no server's program at {}: name it with --server",
                server.display()
            )
        })?;
        let folder = tempfile::tempdir().context("no folder for the server's data")?;
        // The server wants a front end, and nobody here looks at it.
        let pkg = folder.path().join("site/pkg");
        std::fs::create_dir_all(&pkg)?;
        std::fs::write(pkg.join("roomside.js"), "export {};\n")?;
        Ok(Self {
            server,
            args: args.to_vec(),
            folder,
            patience,
            running: None,
        })
    }

    /// Starts it, and waits until it listens.
    ///
    /// # Errors
    ///
    /// Where it does not listen for as long as patience lasts, with its last words.
    pub(super) async fn start(&mut self) -> anyhow::Result<Addresses> {
        let until = Instant::now() + self.patience;
        loop {
            let began = match timeout(self.patience, self.spawn()).await {
                Ok(began) => began,
                Err(_) => bail!("the server did not listen for {:?}", self.patience),
            };
            match began {
                Ok((running, addresses)) => {
                    self.running = Some(running);
                    return Ok(addresses);
                }
                Err(error) if Instant::now() > until => {
                    return Err(error.context(self.last_words()));
                }
                Err(_) => sleep(RETRY).await,
            }
        }
    }

    async fn spawn(&self) -> anyhow::Result<(Running, Addresses)> {
        let root = self.folder.path();
        let log = File::options()
            .append(true)
            .create(true)
            .open(self.log_file())?;
        let mut child = Command::new(&self.server)
            .current_dir(root)
            .args(["--listen", "127.0.0.1:0", "--stomp-listen", "127.0.0.1:0"])
            .args(["--data", "data", "--site", "site"])
            .args(&self.args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} could not be run", self.server.display()))?;
        let mut out = BufReader::new(child.stdout.take().context("no stdout")?);
        let addresses = Addresses {
            http: listening(&mut out, "http").await?,
            stomp: listening(&mut out, "stomp").await?,
        };
        Ok((Running { child, _out: out }, addresses))
    }

    /// Whether it was started and not killed since.
    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// SIGKILL, and what is left of it is reaped.
    pub(super) async fn kill(&mut self) -> anyhow::Result<()> {
        let Some(mut running) = self.running.take() else {
            bail!("the server does not run");
        };
        // One that is gone by itself crashed, which is for us to tell.
        if let Some(status) = running.child.try_wait()? {
            bail!(
                "the server ended by itself, {status}: {}",
                self.last_words()
            );
        }
        Ok(running.child.kill().await?)
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    fn last_words(&self) -> String {
        let log = std::fs::read(self.log_file()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        log.lines()
            .last()
            .unwrap_or("the server said nothing")
            .to_owned()
    }

    /// Leaves the data and the server's log where they are, and tells where.
    pub(super) fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

async fn listening(out: &mut BufReader<ChildStdout>, scheme: &str) -> anyhow::Result<SocketAddr> {
    let mut line = String::new();
    out.read_line(&mut line).await?;
    line.trim()
        .strip_prefix("listening on ")
        .and_then(|rest| rest.strip_prefix(scheme))
        .and_then(|rest| rest.strip_prefix("://"))
        .and_then(|address| address.parse().ok())
        .with_context(|| format!("the server said {line:?} instead of where it listens"))
}
