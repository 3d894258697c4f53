//! Opening, migrating, and the settings of each connection.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection, query_scalar, raw_sql};
use tokio::time::timeout;

use super::Link;
use crate::error::reason;
use crate::reader::Reader;
use crate::{OpenError, Options};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations/postgres");

/// The oldest version that the tests are run on.
const OLDEST: i32 = 15;

/// How long a read waits for a free connection, or for the server to come back.
const ACQUIRE: Duration = Duration::from_secs(10);

/// Where the database is, and how to connect to it.
pub(crate) struct Database {
    options: PgConnectOptions,
    /// What to call it: the URL without a password.
    name: String,
    patience: Duration,
    readers: u32,
}

impl Database {
    pub(crate) fn new(url: &str, options: &Options) -> Result<Self, OpenError> {
        let connect = PgConnectOptions::from_str(url).map_err(|error| OpenError::Unusable {
            // Not the URL, which has a password somewhere and cannot be taken apart.
            database: "postgres://…".to_owned(),
            why: error.to_string(),
        })?;
        let name = format!(
            "postgres://{}@{}:{}/{}",
            connect.get_username(),
            connect.get_host(),
            connect.get_port(),
            connect
                .get_database()
                .unwrap_or_else(|| connect.get_username()),
        );
        let connect = match connect.get_application_name() {
            Some(_) => connect,
            None => connect.application_name("roomside"),
        };
        Ok(Self {
            options: connect.disable_statement_logging(),
            name,
            patience: options.patience,
            readers: options.readers.max(1),
        })
    }

    /// Opens the database for the first time in this process, and brings it up to date. The text
    /// is its epoch.
    pub(crate) async fn open(&self) -> Result<(Link, String), OpenError> {
        let explain = |error: sqlx::Error| self.unusable(reason(&error));
        let mut connection = self.connect().await.map_err(explain)?;
        self.check_server(&mut connection).await?;
        if !is_ours(&mut connection).await.map_err(explain)? {
            let database = self.name.clone();
            return Err(OpenError::Foreign { database });
        }
        // Under a lock of the whole database, which two servers that start at once wait for.
        let migrated = MIGRATIONS.run_direct(None, &mut connection, false).await;
        migrated.map_err(|error| self.explain_migration(error))?;
        let epoch = query_scalar("SELECT epoch FROM log")
            .fetch_one(&mut connection)
            .await
            .map_err(explain)?;
        let link = self.prepare(connection).await.map_err(explain)?;
        Ok((link, epoch))
    }

    /// Opens the writer's connection again after something went wrong with the last one.
    pub(crate) async fn link(&self) -> Result<Link, sqlx::Error> {
        self.prepare(self.connect().await?).await
    }

    /// Connections for reading, made as they are needed.
    pub(crate) fn reader(&self) -> Reader {
        let pool = PgPoolOptions::new()
            .max_connections(self.readers)
            .acquire_timeout(ACQUIRE)
            // A connection may have died while nobody looked; a read should not be the one to tell.
            .test_before_acquire(true)
            .connect_lazy_with(self.options.clone());
        Reader::from(pool)
    }

    /// What to call it.
    pub(crate) fn name(&self) -> String {
        self.name.clone()
    }

    /// Opens the log as it is now, for reading alone.
    pub(crate) async fn look(&self) -> Result<(Reader, String), OpenError> {
        let explain = |error: sqlx::Error| self.unusable(reason(&error));
        // A pool would not say what was wrong, only that it took too long.
        self.connect().await.map_err(explain)?;
        // One connection, which never leaves the transaction that it begins with.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_connect(|connection, _| {
                let begin = raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
                Box::pin(async move { begin.execute(connection).await.map(drop) })
            })
            .connect_with(self.options.clone())
            .await
            .map_err(explain)?;
        let mut connection = pool.acquire().await.map_err(explain)?;
        self.check_server(&mut connection).await?;
        if !is_ours(&mut connection).await.map_err(explain)? {
            let database = self.name();
            return Err(OpenError::Foreign { database });
        }
        let made: bool = query_scalar("SELECT to_regclass('log') IS NOT NULL")
            .fetch_one(&mut *connection)
            .await
            .map_err(explain)?;
        if !made {
            let database = self.name();
            return Err(OpenError::Missing { database });
        }
        let found: Option<i64> = query_scalar("SELECT max(version) FROM _sqlx_migrations")
            .fetch_one(&mut *connection)
            .await
            .map_err(explain)?;
        self.check_version(found.unwrap_or(0))?;
        let epoch = query_scalar("SELECT epoch FROM log")
            .fetch_one(&mut *connection)
            .await
            .map_err(explain)?;
        drop(connection);
        Ok((Reader::from(pool), epoch))
    }

    /// How long one attempt at a batch may take.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        // A network that swallows packets would otherwise hold us for minutes.
        let mut connection = match timeout(ACQUIRE, self.options.connect()).await {
            Ok(connected) => connected?,
            Err(late) => return Err(sqlx::Error::Io(late.into())),
        };
        // That a table is there already is nothing to tell an operator at every start.
        raw_sql("SET client_min_messages = warning")
            .execute(&mut connection)
            .await?;
        Ok(connection)
    }

    /// Makes a connection the writer's.
    async fn prepare(&self, mut connection: PgConnection) -> Result<Link, sqlx::Error> {
        // A server that vanishes in the middle of a batch must not keep the log locked for others.
        let idle = (self.patience.as_millis() * 2).clamp(1, i32::MAX as u128);
        let sql = format!(
            "SET idle_in_transaction_session_timeout = {idle}; \
             SET plan_cache_mode = force_generic_plan; \
             SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; \
             SELECT set_config('synchronous_commit', 'on', false) \
             WHERE current_setting('synchronous_commit') = 'off'"
        );
        // Plans are made once, while the tables may still be small, and each looks up a few rows by
        // an index; what is acknowledged is on the disk even where others' is not.
        raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        Link::new(connection).await
    }

    async fn check_server(&self, connection: &mut PgConnection) -> Result<(), OpenError> {
        let (version, encoding): (String, String) = sqlx::query_as(
            "SELECT current_setting('server_version_num'), current_setting('server_encoding')",
        )
        .fetch_one(connection)
        .await
        .map_err(|error| self.unusable(reason(&error)))?;
        // 150018 is 15.18.
        let major = version.parse().unwrap_or(0) / 10_000;
        if major < OLDEST {
            let why = format!("it is PostgreSQL {major}, and {OLDEST} or later is needed");
            return Err(self.unusable(why));
        }
        if encoding != "UTF8" {
            let why = format!("its encoding is {encoding}, and must be UTF8");
            return Err(self.unusable(why));
        }
        Ok(())
    }

    /// Whether what is only read has the schema that this program knows.
    fn check_version(&self, found: i64) -> Result<(), OpenError> {
        let (database, known) = (self.name(), newest());
        match found {
            found if found > known => Err(OpenError::Newer {
                database,
                found,
                known,
            }),
            found if found < known => Err(OpenError::Older { database }),
            _ => Ok(()),
        }
    }

    fn explain_migration(&self, error: MigrateError) -> OpenError {
        let known = newest();
        match error {
            MigrateError::VersionMissing(found) if found > known => OpenError::Newer {
                database: self.name.clone(),
                found,
                known,
            },
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                self.unusable(reason(&error))
            }
            other => self.unusable(other.to_string()),
        }
    }

    fn unusable(&self, why: String) -> OpenError {
        let database = self.name.clone();
        OpenError::Unusable { database, why }
    }
}

/// The version of the schema that this program knows.
fn newest() -> i64 {
    MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0)
}

/// Whether the schema is empty or has our tables. What an extension has put there does not count,
/// nor does the table of migrations, which a first start that was cut short may have left.
async fn is_ours(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    query_scalar(
        "SELECT coalesce(obj_description(to_regclass(format('%I.log', current_schema())), 'pg_class') \
                 = 'roomside', FALSE) \
             OR NOT EXISTS ( \
                 SELECT FROM pg_class c WHERE c.relnamespace = quote_ident(current_schema())::regnamespace \
                 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname <> '_sqlx_migrations' \
                 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid \
                     AND d.classid = 'pg_class'::regclass AND d.deptype = 'e'))",
    )
    .fetch_one(connection)
    .await
}
