//! What the program can do besides serving.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

/// A job to do with the database, instead of serving.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Write the whole log into a file of text, from which `import` makes it again in SQLite or
    /// PostgreSQL; a server may go on meanwhile
    Export {
        /// The file to make, one JSON object a line
        file: PathBuf,
        #[command(flatten)]
        database: DatabaseFlags,
    },
    /// Read such a file into a new database; no server may use it meanwhile
    Import {
        /// A file that `export` has written
        file: PathBuf,
        #[command(flatten)]
        database: DatabaseFlags,
    },
    /// Copy a SQLite database into a file that is one, too; a server may go on meanwhile
    Backup {
        /// The file to make
        file: PathBuf,
        #[command(flatten)]
        database: DatabaseFlags,
    },
}

/// Which database it is about.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DatabaseFlags {
    /// The folder of the SQLite database [default: ./data]
    #[arg(long, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<PathBuf>,

    /// Another database: sqlite:FILE or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    database_url: Option<String>,
}

impl Command {
    pub(super) fn database(&self) -> &DatabaseFlags {
        match self {
            Self::Export { database, .. }
            | Self::Import { database, .. }
            | Self::Backup { database, .. } => database,
        }
    }
}
