//! Names to addresses, each checked before anything connects to it. reqwest asks for every new connection, so a name
//! that leads elsewhere later is checked again.

use super::guard::Guard;
use super::guard::Refused;
use async_trait::async_trait;
use reqwest::dns::Addrs;
use reqwest::dns::Name;
use reqwest::dns::Resolve;
use reqwest::dns::Resolving;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// The most addresses of a name that are tried.
const ADDRESSES_MAX: usize = 16;

/// Looks a name up.
#[async_trait]
pub(super) trait Lookup: Send + Sync {
    /// The addresses of a name; their ports do not count.
    async fn lookup(&self, name: &str) -> io::Result<Vec<SocketAddr>>;
}

/// As the machine does it.
pub(super) struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.collect())
    }
}

/// A lookup and a guard over what it finds.
pub(super) struct Resolver {
    lookup: Arc<dyn Lookup>,
    guard: Arc<Guard>,
}

impl Resolver {
    pub(super) fn new(lookup: Arc<dyn Lookup>, guard: Arc<Guard>) -> Self {
        Self { lookup, guard }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, guard) = (Arc::clone(&self.lookup), Arc::clone(&self.guard));
        Box::pin(async move {
            let found = lookup.lookup(name.as_str()).await?;
            if found.is_empty() {
                return Err(io::Error::from(io::ErrorKind::NotFound).into());
            }
            let passed = checked(&guard, found)?;
            Ok(Box::new(passed.into_iter()) as Addrs)
        })
    }
}

/// Those that may be called. Refused when there are addresses and none of them may.
fn checked(guard: &Guard, mut found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Refused> {
    let mut refusal = None;
    found.retain(|address| match guard.check(address.ip()) {
        Ok(()) => true,
        Err(refused) => {
            refusal.get_or_insert(refused);
            false
        }
    });
    found.truncate(ADDRESSES_MAX);
    match refusal {
        Some(refused) if found.is_empty() => Err(refused),
        _ => Ok(found),
    }
}
