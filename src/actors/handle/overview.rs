//! Sessions from a distance: how many there are, whose, and what they did.

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
