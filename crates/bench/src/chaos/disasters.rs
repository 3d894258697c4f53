//! What breaks while clients talk: connections, the server, and its database.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use super::dice::Dice;
use super::program::Program;
use super::proxy::Proxy;
use super::scene::Scene;
use super::{Chaos, Server};

/// The server is killed, and its database restarted, within so many milliseconds of a message's
/// RECEIPT.
const WITHIN: usize = 20;

/// Cuts connections, spread over what is said.
pub(super) async fn cut(chaos: &Chaos, seed: u64, scene: &Scene, proxy: &Proxy) {
    let mut dice = Dice::new(seed, &[2]);
    for at in dice.spread(chaos.cuts, chaos.messages) {
        scene.reaches(at).await;
        proxy.cut(&mut dice).await;
        scene.count_cut();
    }
}

/// Kills the server and starts it again, spread likewise.
///
/// # Errors
///
/// Where it does not listen again, or had ended by itself.
pub(super) async fn kill(
    chaos: &Chaos,
    seed: u64,
    scene: &Scene,
    program: &mut Program,
    server: &Server,
) -> anyhow::Result<()> {
    let mut dice = Dice::new(seed, &[3]);
    for at in dice.spread(chaos.kills, chaos.messages) {
        scene.reaches(at).await;
        soon(&mut dice).await;
        program.kill().await?;
        server.moves(program.start().await?);
        scene.count_kill();
    }
    Ok(())
}

/// Has the database restarted by the command that was given, spread likewise.
///
/// # Errors
///
/// Where the command fails, or does not end for as long as patience lasts.
pub(super) async fn restart_database(
    chaos: &Chaos,
    seed: u64,
    scene: &Scene,
) -> anyhow::Result<()> {
    let Some(command) = &chaos.database_restart else {
        return Ok(());
    };
    let mut dice = Dice::new(seed, &[4]);
    let plan = dice.spread(chaos.database_restarts, chaos.messages);
    for (times, at) in plan.into_iter().enumerate() {
        scene.reaches(at).await;
        soon(&mut dice).await;
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(command)
            .env("RESTARTS", times.to_string());
        // What it prints is for people; stdout has our one line.
        shell.stdin(Stdio::null()).stdout(std::io::stderr());
        let mut child = shell.kill_on_drop(true).spawn().context("there is no sh")?;
        let patience = Duration::from_secs(chaos.patience);
        let ended = timeout(patience, child.wait()).await;
        let status =
            ended.with_context(|| format!("{command:?} did not end for {patience:?}"))??;
        ensure!(status.success(), "{command:?} failed, {status}");
        scene.count_database_restart();
    }
    Ok(())
}

async fn soon(dice: &mut Dice) {
    sleep(Duration::from_millis(dice.below(WITHIN) as u64)).await;
}
