//! One server per log: a second one would write into the same rooms without hearing the first.
//! PostgreSQL's log is not locked: nothing in it breaks by a second server, and a lock that the
//! network has cut off would keep the first one from starting again. What is taken there is the
//! search index, which each server has for itself.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Held for as long as the server has its log open. The operating system gives it back even
/// after a crash.
#[derive(Debug)]
pub(crate) struct LogLock(#[expect(dead_code, reason = "held, not used")] File);

/// Why the log could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("another server has {0} open: stop it first, or choose another folder with --data")]
    Taken(PathBuf),
    #[error(
        "cannot write to {0}: {1}; it and its folder have to belong to the user that runs \
         Roomside, or choose another folder with --data"
    )]
    Unwritable(PathBuf, io::Error),
}

impl LogLock {
    /// Takes the log at `database`, or the index of one, by a file beside it: beside what it leads
    /// to where it is a link, so that no other name of the same log gets past.
    pub(crate) fn take(database: &Path) -> Result<Self, LockError> {
        let mut path = led_to(database).into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        let unwritable = |error| LockError::Unwritable(path.clone(), error);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(unwritable)?;
        }
        let file = File::create(&path).map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(LockError::Taken(database.to_owned())),
            Err(TryLockError::Error(error)) => Err(unwritable(error)),
        }
    }
}

/// Where a path leads, whether or not there is something yet.
fn led_to(path: &Path) -> PathBuf {
    if let Ok(found) = path.canonicalize() {
        return found;
    }
    // A link may lead to what is still to be made.
    match path.read_link() {
        Ok(target) => path.parent().unwrap_or(path).join(target),
        Err(_) => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_taken_once_and_given_back() {
        let root = tempfile::tempdir().unwrap();
        let database = root.path().join("data/roomside.db");
        let first = LogLock::take(&database).unwrap();
        assert!(matches!(LogLock::take(&database), Err(LockError::Taken(_))));
        drop(first);
        assert!(LogLock::take(&database).is_ok());
    }

    #[test]
    fn a_link_is_the_log_that_it_leads_to() {
        let root = tempfile::tempdir().unwrap();
        let database = root.path().join("d1/roomside.db");
        let link = root.path().join("d2/roomside.db");
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink("../d1/roomside.db", &link).unwrap();
        for made in [false, true] {
            let first = LogLock::take(&database).unwrap();
            if made {
                std::fs::write(&database, "").unwrap();
            }
            assert!(matches!(LogLock::take(&link), Err(LockError::Taken(_))));
            drop(first);
            let _second = LogLock::take(&link).unwrap();
            assert!(matches!(LogLock::take(&database), Err(LockError::Taken(_))));
        }
    }
}
