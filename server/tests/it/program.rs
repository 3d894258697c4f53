//! The real program as a child of a test.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Output, Stdio};

use crate::support::fake_site;

/// The program once it listens; killed with this.
pub(crate) struct Program {
    child: Child,
    out: BufReader<ChildStdout>,
    /// Where it serves HTTP.
    pub(crate) address: SocketAddr,
}

impl Program {
    pub(crate) fn start(root: &Path) -> Self {
        Self::spawn(&mut command(root), "http")
    }

    /// Runs a command of [`command`]'s that will serve HTTP by this scheme.
    pub(crate) fn spawn(command: &mut Command, scheme: &str) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let address = listening(&mut out, scheme);
        Self {
            child,
            out,
            address,
        }
    }

    /// Where its next line says that it listens.
    pub(crate) fn also_listens(&mut self, scheme: &str) -> SocketAddr {
        listening(&mut self.out, scheme)
    }

    /// Its log, if the command asked for a pipe.
    pub(crate) fn log(&mut self) -> BufReader<ChildStderr> {
        BufReader::new(self.child.stderr.take().unwrap())
    }

    /// Its number, for the system.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        let (signal, pid) = (format!("-{name}"), self.pid().to_string());
        let sent = Command::new("kill").args([signal, pid]).status().unwrap();
        assert!(sent.success());
    }

    pub(crate) fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A test that failed must leave nothing running; after `wait` and `kill` this does nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listening(out: &mut BufReader<ChildStdout>, scheme: &str) -> SocketAddr {
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let address = line
        .trim()
        .strip_prefix("listening on ")
        .and_then(|rest| rest.strip_prefix(scheme))
        .and_then(|rest| rest.strip_prefix("://"))
        .expect(&line);
    address.parse().unwrap()
}

/// The program with a log and a front end below `root`, on a port of the system's choosing.
pub(crate) fn command(root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roomside"));
    command
        .env_clear()
        .args(["--listen", "127.0.0.1:0", "--log", "warn", "--data"])
        .arg(root.join("data"))
        .arg("--site")
        .arg(fake_site(root));
    command
}

/// Runs a command that must fail, and gives back the one sentence that it says.
pub(crate) fn fails(command: &mut Command) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "one sentence: {stderr}");
    stderr
}
