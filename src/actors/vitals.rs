//! Whether the parts answer that everything rests on: the supervisor by its mailbox, the store by a write that it
//! commits. For the service manager's watchdog and for whoever asks whether the daemon is ready.

use crate::actors::deps::Deps;
use crate::actors::error::chain;
use crate::actors::supervisor::SupervisorMsg;
use crate::store::StoreError;
use ractor::ActorRef;
use ractor::rpc::CallResult;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio::time::timeout;

/// What is wrong with a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The supervisor does not answer: no session can be made, started or found dead.
    SupervisorSilent,
    /// The store has not committed a write in time.
    StoreSilent,
    /// The store could not write; the text says why.
    StoreFailed(String),
    /// The disk is full; the text says how. Sessions are put aside until there is room.
    DiskFull(String),
}

impl Fault {
    /// The stable name, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SupervisorSilent => "supervisor_silent",
            Self::StoreSilent => "store_silent",
            Self::StoreFailed(_) => "store_failed",
            Self::DiskFull(_) => "disk_full",
        }
    }

    /// For people.
    pub fn detail(&self) -> String {
        match self {
            Self::SupervisorSilent => "the supervisor of the sessions does not answer".to_owned(),
            Self::StoreSilent => "the database does not write in time".to_owned(),
            Self::StoreFailed(why) => format!("the database cannot write: {why}"),
            Self::DiskFull(why) => format!("the disk is full: {why}"),
        }
    }
}

/// Whether there is something wrong that a restart could cure. A full disk is not: the daemon waits for room by itself.
pub fn would_a_restart_help(faults: &[Fault]) -> bool {
    let disk_full = faults
        .iter()
        .any(|fault| matches!(fault, Fault::DiskFull(_)));
    faults.iter().any(|fault| match fault {
        Fault::SupervisorSilent | Fault::StoreSilent => true,
        Fault::StoreFailed(_) => !disk_full,
        Fault::DiskFull(_) => false,
    })
}

/// Looks after them. A clone shares what was found.
#[derive(Clone)]
pub struct Vitals {
    supervisor: ActorRef<SupervisorMsg>,
    deps: Arc<Deps>,
    looking: Arc<Mutex<Looking>>,
}

/// Questions that have no answer yet, so that a part which is stuck is not asked again and again, and what was found.
#[derive(Default)]
struct Looking {
    supervisor: Option<JoinHandle<bool>>,
    store: Option<JoinHandle<Result<(), StoreError>>>,
    found: Option<(Instant, Vec<Fault>)>,
}

impl Vitals {
    pub(super) fn new(supervisor: ActorRef<SupervisorMsg>, deps: Arc<Deps>) -> Self {
        Self {
            supervisor,
            deps,
            looking: Arc::default(),
        }
    }

    /// What is wrong, after up to `limit`; nothing when all is well. What was found within the last `fresh` is good
    /// enough, so that nobody makes the store write by asking often.
    pub async fn look(&self, limit: Duration, fresh: Duration) -> Vec<Fault> {
        let mut looking = self.looking.lock().await;
        if let Some((at, faults)) = &looking.found
            && at.elapsed() < fresh
        {
            return faults.clone();
        }
        let Looking {
            supervisor, store, ..
        } = &mut *looking;
        let (answered, wrote) = tokio::join!(
            outcome(supervisor, limit, || self.ask_supervisor()),
            outcome(store, limit, || self.write()),
        );
        let mut faults = Vec::new();
        if answered != Some(true) {
            faults.push(Fault::SupervisorSilent);
        }
        match wrote {
            Some(Ok(())) => {}
            Some(Err(error)) => faults.push(Fault::StoreFailed(chain(&error))),
            None => faults.push(Fault::StoreSilent),
        }
        faults.extend(self.deps.disk.borrow().clone().map(Fault::DiskFull));
        looking.found = Some((Instant::now(), faults.clone()));
        faults
    }

    fn ask_supervisor(&self) -> JoinHandle<bool> {
        let supervisor = self.supervisor.clone();
        tokio::spawn(async move {
            let answer = supervisor.call(|reply| SupervisorMsg::Ping { reply }, None);
            matches!(answer.await, Ok(CallResult::Success(())))
        })
    }

    fn write(&self) -> JoinHandle<Result<(), StoreError>> {
        let deps = Arc::clone(&self.deps);
        tokio::spawn(async move { deps.store.prove_writable(deps.clock.now().into()).await })
    }
}

/// The answer to the question that is open, or to a new one; none when it takes longer than `limit`.
async fn outcome<T>(
    open: &mut Option<JoinHandle<T>>,
    limit: Duration,
    ask: impl FnOnce() -> JoinHandle<T>,
) -> Option<T> {
    let task = open.get_or_insert_with(ask);
    let ended = timeout(limit, task).await.ok()?;
    *open = None;
    ended.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_helps_against_what_is_stuck_and_not_against_a_full_disk() {
        let full = || Fault::DiskFull("0 MiB".to_owned());
        let failed = || Fault::StoreFailed("disk I/O error".to_owned());
        for (faults, helps) in [
            (vec![], false),
            (vec![full()], false),
            (vec![failed(), full()], false),
            (vec![failed()], true),
            (vec![Fault::StoreSilent], true),
            (vec![Fault::StoreSilent, full()], true),
            (vec![Fault::SupervisorSilent], true),
        ] {
            assert_eq!(would_a_restart_help(&faults), helps, "{faults:?}");
        }
    }
}
