//! A log that belongs to somebody else.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::program::{Program, command, fails};

/// A user who has nothing, by number.
const NOBODY: u32 = 65_534;

/// The program, run by a user to whom permissions matter, who has all that is below `root`: the one
/// who runs the tests, or nobody where that is the superuser.
fn ordinary(root: &Path) -> Command {
    let usual = command(root);
    if !is_superuser() {
        return usual;
    }
    let program = root.join("roomside");
    if !program.exists() {
        // Nobody may not be allowed where it was built.
        fs::hard_link(usual.get_program(), &program)
            .or_else(|_| fs::copy(usual.get_program(), &program).map(drop))
            .unwrap();
    }
    give(root);
    let mut command = Command::new(program);
    command.env_clear().args(usual.get_args());
    command.uid(NOBODY).gid(NOBODY);
    command
}

/// Whether permissions do not matter to us.
fn is_superuser() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Gives nobody all that is below `path`, but the program, whose file is also another's.
fn give(path: &Path) {
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            give(&path);
        } else if !path.ends_with("roomside") {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
}

fn permit(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_log_that_cannot_be_written_is_one_sentence_at_the_start() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    let file = data.join("roomside.db");
    let runs = || {
        let program = Program::spawn(&mut ordinary(root.path()), "http");
        program.signal("TERM");
        assert!(program.wait().success());
    };
    let refused = || {
        let said = fails(&mut ordinary(root.path()));
        assert!(said.contains(&*file.to_string_lossy()), "{said}");
        said
    };
    runs();

    permit(&file, 0o400);
    let said = refused();
    assert!(said.contains("cannot be written"), "{said}");
    assert!(
        said.contains("have to belong to the user that runs Roomside"),
        "{said}"
    );

    permit(&file, 0o600);
    permit(&data, 0o500);
    let said = refused();
    assert!(said.contains("cannot be written"), "{said}");
    permit(&data, 0o700);
    runs();

    // One that the first start would have to fill.
    fs::write(&file, "").unwrap();
    permit(&file, 0o400);
    let said = refused();
    assert!(said.contains("cannot be written"), "{said}");

    // Where the lock is another's, it says so, too.
    permit(&file, 0o600);
    let lock = data.join("roomside.db.lock");
    permit(&lock, 0o400);
    let said = refused();
    assert!(said.contains("have to belong to the user"), "{said}");
    permit(&lock, 0o600);
    runs();
}
