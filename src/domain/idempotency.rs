//! A request that may come twice and must take effect once.

/// Names a request that carries an `Idempotency-Key`, so that what it makes is noted in the same step.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Claim {
    /// Whose key it is: the tenant, or `*` for callers who see all.
    pub scope: String,
    /// The key, as the caller chose it.
    pub name: String,
}

/// What is known of a key when a request comes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing, or nothing that took effect: the request is to be done now.
    New,
    /// It was used for another request.
    Other,
    /// It was answered: the answer, as it was kept.
    Answered(String),
    /// It was not answered, but had made this thing before the work on it ended.
    Made(String),
}
