//! A contract-faithful simulator of Azure (ARM: App Service, SQL) and Azure DevOps (build, release)
//! on loopback, with a clock that can run fast, a ledger of every change, and faults by name.
//!
//! It stands alone: it knows nothing of windlass, of workflows or of who calls, and windlass's
//! executors cannot tell it from the cloud. To add an operation: its file beside its family, and
//! one line in that family's `route.rs`.
//!
//! One port serves every host: ARM under `/subscriptions/…`, Azure DevOps (both hosts) under
//! `/{organization}/{project}/_apis/…`, the tenant's tokens under `/{tenant}/oauth2/v2.0/token`,
//! the machine's under `/metadata/identity/oauth2/token`, and an app's own host under
//! `/apps/{site}/…` (`/apps/{site}-{slot}/…`), or under its real host name. Blobs are under
//! `/blob/{account}/{container}/{blob}`, deployment hosts under `/scm/{host}/…`.
//!
//! The simulator's own verbs, which no fault hits:
//!
//! | Verb | Does |
//! |---|---|
//! | `GET /_sim/status` | [`Status`] |
//! | `GET /_sim/ledger` | a list of [`LedgerEntry`] |
//! | `GET /_sim/requests` | `{count, requests: ["GET /…", …]}` since it was started |
//! | `GET, POST, DELETE /_sim/faults` | shows, arms (one [`Fault`] or a list), disarms |
//! | `GET /_sim/world` | the whole world, passwords included: for tests |
//! | `POST /_sim/world` | a [`ForeignChange`] by somebody else |
//! | `POST /_sim/clock` | `{"advance_seconds": 60}` jumps, `{"time_scale": 600}` goes faster |
//! | `POST /_sim/reset` | lets the world begin again |
//! | `POST /_sim/stop` | ends the simulator |

pub mod clock;
pub mod ids;
pub mod timing;
pub mod world;
mod stage_tasks;
pub mod seed;
pub mod ledger;
pub mod http;
mod launch;
pub mod turn;
mod foreign_change;
pub mod faults;
mod bacpac;
mod long_work;
mod site_progress;
mod arm;
mod identity;
mod apps;
mod sites;
mod sql;
mod storage;
mod kudu;
mod monitor;
mod devops;
mod progress;
mod route;
mod missing;
mod foreign_devops;
mod foreign_packages;
mod foreign;
mod state;
mod config;
mod simulator;
mod control;
mod server;

pub use config::Config;
pub use control::Status;
pub use faults::{Fault, FaultKind, Matcher, Moment};
pub use foreign_change::ForeignChange;
pub use ledger::{Effect, LedgerEntry};
pub use seed::WorldSeed;
pub use server::{Running, ServeError, serve};
pub use simulator::{ChangeError, Simulator};
pub use state::{Announcement, StateError, announced};
pub use world::World;
