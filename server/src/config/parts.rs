//! What each part of the server is told of the settings.

use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::Duration;

use broker::Target;
use sockjs::AllowedOrigins;
use store::Keep;

use super::{Config, ConfigError};
use crate::rules::{Pending, Rate, Rules};

/// A day, in seconds.
const DAY: u64 = 24 * 60 * 60;

impl Config {
    /// How much of each room is kept.
    pub(crate) fn keep(&self) -> Keep {
        let seconds = |days: u64| Duration::from_secs(days.saturating_mul(DAY));
        Keep {
            time: self.keep_days.map(seconds),
            messages: self.keep_messages,
        }
    }

    pub(crate) fn leave_after(&self) -> Duration {
        Duration::from_secs(self.leave_after)
    }

    pub(crate) fn stomp(&self) -> stomp::ServerOptions {
        stomp::ServerOptions {
            limits: stomp::Limits {
                frame: self.max_frame,
                headers: self.max_headers,
                header_line: self.max_header_line,
                transactions: self.max_transactions,
                transaction_frames: self.max_transaction_frames,
                transaction_bytes: self.max_transaction,
            },
            heartbeat: (self.heartbeat, self.heartbeat),
            connect_timeout: Duration::from_secs(self.connect_timeout),
            ..stomp::ServerOptions::default()
        }
    }

    pub(crate) fn broker(&self) -> broker::Options {
        let usual = broker::Options::default();
        broker::Options {
            inbox_bytes: self.max_waiting,
            waiting_bytes_total: self.max_waiting_total,
            subscriptions_per_session: self.max_subscriptions,
            ring_messages: self.topic_history,
            ring_bytes: usual.ring_bytes.min(self.max_topic_history),
            rings_bytes_total: self.max_topic_history,
            queue_bytes: self.max_queue,
            queues_bytes_total: usual.queues_bytes_total.max(self.max_queue),
            // As many as the runtime has workers.
            couriers: available_parallelism().map_or(1, NonZero::get),
            ..usual
        }
    }

    pub(crate) fn rules(&self) -> Rules {
        Rules {
            wildcards: self.wildcards,
            max_unacked: self.max_unacked,
            max_places: self.max_subscriptions,
            pending: Pending {
                frames: self.max_pending,
                bytes: self.max_pending_bytes,
            },
            subscribing: Rate {
                per_second: self.max_subscribe_rate,
                burst: self.max_subscribe_burst,
            },
            room_history: self.room_history,
            clients_share_queues: self.shared_queues_by_clients,
        }
    }

    /// What SockJS gets: the subprotocols of STOMP, and room for its frames. Old clients cut large
    /// frames at 16 Ki UTF-16 units, which escaped as JSON can be six bytes each.
    pub(crate) fn sockjs(&self) -> Result<sockjs::Options, ConfigError> {
        let usual = sockjs::Options::default();
        let max_message = (self.max_frame * 2).max(usual.max_message);
        Ok(sockjs::Options {
            allowed_origins: self.allowed_origins()?,
            protocols: stomp::SUBPROTOCOLS.to_vec(),
            max_message,
            max_body: usual.max_body.max(max_message),
            max_sessions: self.max_sessions,
            max_sessions_per_address: self.max_sessions_per_address,
            cookie_needed: self.session_cookie,
            websocket: self.websocket,
            spring_compat: self.spring_compat,
            client_scripts: self.site_root().map(|site| site.join("sockjs")),
            // STOMP beats by itself; SockJS' own would only double it.
            heartbeat: None,
            ..usual
        })
    }

    /// The sites whose pages may connect; the server's own where none is named.
    pub(super) fn allowed_origins(&self) -> Result<AllowedOrigins, ConfigError> {
        if self.allowed_origins.is_empty() {
            return Ok(AllowedOrigins::same());
        }
        Ok(AllowedOrigins::patterns(&self.allowed_origins)?)
    }

    /// The queues whose consumers compete without asking for it.
    pub(crate) fn shared_queues(&self) -> Result<Vec<Target>, ConfigError> {
        let queue = |name: &String| match Target::parse(name.clone()) {
            Ok(target) if name.starts_with("/queue/") => Ok(target),
            _ => Err(ConfigError::NotAQueue(name.clone())),
        };
        self.shared_queues.iter().map(queue).collect()
    }
}
