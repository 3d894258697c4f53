//! The program: settings, logs, signals. Everything else is in the library.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use server::config::{Config, LogFormat};
use server::{Server, StartError, admin};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One sentence, which has its cause in it. Where not even that can be written, the exit
            // code has to do.
            let _ = writeln!(std::io::stderr(), "roomside: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let (config, command) = Config::load().map_err(StartError::from)?;
    log(&config)?;
    // A file that may not grow (`ulimit -f`) is then a disk that is full, and no longer the end.
    let _oversize = signal(SignalKind::from_raw(libc::SIGXFSZ))?;
    if let Some(command) = command {
        let done = tokio::select! {
            done = admin::run(&config, &command) => done?,
            () = told_to_stop()? => anyhow::bail!("interrupted: what was half done is removed"),
        };
        writeln!(std::io::stdout(), "{done}")?;
        return Ok(());
    }
    let server = Server::start(&config).await?;
    let told_to_stop = told_to_stop()?;
    let mut hangup = signal(SignalKind::hangup())?;
    let reloader = server.reloader();
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            reloader.reload();
        }
    });
    announce(&server)?;
    server.run(told_to_stop).await;
    Ok(())
}

/// Resolves once somebody wants us to stop.
fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Tells whoever started us, and may wait for it, where to connect.
fn announce(server: &Server) -> std::io::Result<()> {
    let (http, stomp) = if server.is_encrypted() {
        ("https", "stomp+ssl")
    } else {
        ("http", "stomp")
    };
    let mut out = std::io::stdout();
    writeln!(out, "listening on {http}://{}", server.address()?)?;
    if let Some(address) = server.stomp_address()? {
        writeln!(out, "listening on {stomp}://{address}")?;
    }
    Ok(())
}

fn log(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::builder()
        .parse(&config.log)
        .map_err(|error| anyhow::anyhow!("the log filter {:?} is not one: {error}", config.log))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // It would complain with a panic where stderr cannot be written, as on a full disk.
        .log_internal_errors(false)
        .with_ansi(has_colours())
        .with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// Whether what is logged is read where colours are shown, and wanted (<https://no-color.org>).
fn has_colours() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stderr().is_terminal() && !unwanted
}
