//! A file that gets its name once it is whole.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{AdminError, unopened};

/// A file in the making, under its name and `.part`. Dropped before it is finished, it is removed;
/// what is left of one that was killed is removed by the next of its name.
#[derive(Debug)]
pub(super) struct Draft {
    name: PathBuf,
    part: PathBuf,
}

impl Draft {
    /// Begins a file of this name, which must not be there yet.
    pub(super) fn begin(name: &Path) -> Result<Self, AdminError> {
        let draft = Self {
            name: name.to_owned(),
            part: with_ending(name, ".part"),
        };
        draft.is_free()?;
        draft.remove().map_err(|error| unopened(name, error))?;
        Ok(draft)
    }

    /// Where to write it. There is no such file yet.
    pub(super) fn part(&self) -> &Path {
        &self.part
    }

    /// It is whole and on the disk: gives it its name.
    pub(super) fn finish(self) -> Result<(), AdminError> {
        self.is_free()?;
        let named = fs::rename(&self.part, &self.name).and_then(|()| sync_folder(&self.name));
        named.map_err(|error| unopened(&self.name, error))
    }

    fn is_free(&self) -> Result<(), AdminError> {
        match self.name.try_exists() {
            Ok(false) => Ok(()),
            Ok(true) => Err(AdminError::Exists(self.name.clone())),
            Err(error) => Err(unopened(&self.name, error)),
        }
    }

    /// Removes what there is of it, with what SQLite puts beside it.
    fn remove(&self) -> io::Result<()> {
        for path in [&self.part, &with_ending(&self.part, "-journal")] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            tracing::warn!(file = %self.part.display(), %error, "a half-made file was left");
        }
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut path = OsString::from(path);
    path.push(ending);
    path.into()
}

/// A new name is on the disk with its folder, not with its file.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_its_name_only_once_it_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("a");
        let draft = Draft::begin(&name).unwrap();
        fs::write(draft.part(), "whole").unwrap();
        assert!(!name.exists());
        draft.finish().unwrap();
        assert_eq!(fs::read_to_string(&name).unwrap(), "whole");
        assert!(matches!(Draft::begin(&name), Err(AdminError::Exists(_))));
    }

    #[test]
    fn what_is_not_finished_is_removed_now_or_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("a");
        let draft = Draft::begin(&name).unwrap();
        fs::write(draft.part(), "half").unwrap();
        drop(draft);
        for left in ["a.part", "a.part-journal"] {
            fs::write(folder.path().join(left), "of one that was killed").unwrap();
        }
        let draft = Draft::begin(&name).unwrap();
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
        // One of its name came meanwhile, and stays.
        fs::write(draft.part(), "late").unwrap();
        fs::write(&name, "first").unwrap();
        assert!(matches!(draft.finish(), Err(AdminError::Exists(_))));
        assert_eq!(fs::read_to_string(&name).unwrap(), "first");
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }
}
