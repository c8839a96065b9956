//! Sessions from a distance: how many there are, whose, and what they did.

use crate::actors::disk;
use crate::actors::error::SessionError;
use crate::actors::handle::Sessions;
use crate::actors::handle::look;
use crate::actors::registry::RegistryMsg;
use crate::domain::id::ClientId;
use crate::domain::page::Page;
use crate::domain::page::PageRequest;
use crate::domain::session::ClientSummary;
use crate::domain::stats::Figures;
use crate::domain::stats::Period;
use crate::domain::time::Timestamp;
use crate::meter;
use std::collections::BTreeMap;

impl Sessions {
    /// How many sessions are in each state, of one client or of all.
    pub async fn counts(
        &self,
        client: Option<&ClientId>,
    ) -> Result<BTreeMap<&'static str, usize>, SessionError> {
        let client = client.cloned();
        look(&self.registry, |reply| RegistryMsg::Count { client, reply }).await
    }

    /// The clients that have sessions, or this one, by name.
    pub async fn clients(
        &self,
        client: Option<&ClientId>,
        page: PageRequest,
    ) -> Result<Page<ClientSummary>, SessionError> {
        let client = client.cloned();
        look(&self.registry, |reply| RegistryMsg::Clients {
            client,
            page,
            reply,
        })
        .await
    }

    /// Reads what is measured of sessions, the store and the disk. An error means that some of it is as it was.
    pub async fn measure(&self) -> Result<(), SessionError> {
        let store = &self.deps.store;
        meter::set(meter::DB_QUEUE, store.writes_waiting() as u64);
        let disk = self.deps.settings.disk.clone();
        meter::set(meter::DISK_MIN, disk.min_free);
        let place = store.place().clone();
        // The disk may be slow.
        let looked = tokio::task::spawn_blocking(move || (disk::free(&disk.folder), place.size()));
        let (free, size) = looked.await.map_err(|_| SessionError::Unavailable)?;
        meter::set(meter::DISK_FREE, free.unwrap_or_default());
        meter::set(meter::DB_SIZE, size.unwrap_or_default());
        meter::set_time(meter::STREAM_LAG, self.journal.lag());
        let by_state = self.counts(None).await?;
        let total = by_state.values().sum::<usize>() as u64;
        for (state, count) in by_state {
            meter::set_by(meter::SESSIONS, "state", state, count as u64);
        }
        let memory = meter::memory().unwrap_or_default();
        let each = memory.checked_div(total).unwrap_or_default();
        meter::set(meter::MEMORY_PER_SESSION, each);
        let waiting = look(&self.registry, |reply| RegistryMsg::Waiting { reply }).await?;
        meter::set(meter::OUTBOX, waiting.messages as u64);
        let now = Timestamp::from(self.deps.clock.now());
        let oldest = waiting.oldest.map(|oldest| now.since(oldest));
        meter::set_time(meter::OUTBOX_OLDEST, oldest.unwrap_or_default());
        Ok(())
    }

    /// What there is to say of a period, of one client or of all.
    pub async fn figures(
        &self,
        client: Option<&ClientId>,
        period: &Period,
    ) -> Result<Figures, SessionError> {
        let now = self.deps.clock.now().into();
        Ok(self.deps.store.figures(client, period, now).await?)
    }
}
