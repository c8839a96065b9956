//! Answers on their way back from an actor.

use crate::actors::error::SessionError;
use ractor::RpcReplyPort;

/// Where to answer something that can be refused.
pub(super) type Reply<T> = RpcReplyPort<Result<T, SessionError>>;

/// Answers, unless the caller has given up by now.
pub(super) fn answer<T>(reply: RpcReplyPort<T>, outcome: T) {
    if reply.send(outcome).is_err() {
        tracing::debug!("the caller had given up before the answer came");
    }
}
