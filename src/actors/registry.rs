//! Knows which sessions exist and how to reach them; filters them by client. Holds no logic of theirs.

use crate::actors::reply::answer;
use crate::actors::session::SessionMsg;
use crate::actors::status::Status;
use crate::domain::id::ClientId;
use crate::domain::id::SessionId;
use crate::domain::page::Page;
use crate::domain::page::PageRequest;
use crate::domain::session::ClientSummary;
use crate::domain::session::SessionState;
use crate::domain::session::SessionView;
use crate::domain::time::Timestamp;
use ractor::Actor;
use ractor::ActorProcessingErr;
use ractor::ActorRef;
use ractor::RpcReplyPort;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::ops::Bound;

/// The actor.
pub(super) struct RegistryActor;

/// What it knows of a session.
#[derive(Clone)]
pub(super) struct Entry {
    /// Its state.
    pub(super) status: Status,
    /// Its actor; none between a crash and the restart, and after the last restart.
    pub(super) actor: Option<ActorRef<SessionMsg>>,
}

/// What waits in all sessions together.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// How many messages.
    pub(super) messages: usize,
    /// Since when the oldest of them has.
    pub(super) oldest: Option<Timestamp>,
}

/// What it can be asked and told.
pub(super) enum RegistryMsg {
    /// The supervisor: a session exists.
    Added { id: SessionId, status: Status },
    /// The supervisor: this is its actor now, or it has none.
    Located {
        id: SessionId,
        actor: Option<ActorRef<SessionMsg>>,
    },
    /// The supervisor: it is deleted.
    Removed { id: SessionId },
    /// A caller: one session.
    Find {
        id: SessionId,
        reply: RpcReplyPort<Option<Entry>>,
    },
    /// A caller: sessions, of one client or of all, oldest first.
    List {
        client: Option<ClientId>,
        page: PageRequest,
        reply: RpcReplyPort<Page<SessionView>>,
    },
    /// A caller: what waits in the sessions.
    Waiting { reply: RpcReplyPort<Waiting> },
    /// A caller: how many are in each state, of one client or of all.
    Count {
        client: Option<ClientId>,
        reply: RpcReplyPort<BTreeMap<&'static str, usize>>,
    },
    /// A caller: the clients and how many sessions each has, or one of them, by name.
    Clients {
        client: Option<ClientId>,
        page: PageRequest,
        reply: RpcReplyPort<Page<ClientSummary>>,
    },
}

/// Oldest first; the id tells sessions of one millisecond apart.
type Key = (Timestamp, SessionId);

/// All sessions, by id and in order.
#[derive(Default)]
pub(super) struct Directory {
    entries: HashMap<SessionId, Entry>,
    order: BTreeMap<Key, ClientId>,
}

impl Actor for RegistryActor {
    type Msg = RegistryMsg;
    type State = Directory;
    type Arguments = ();

    async fn pre_start(
        &self,
        _me: ActorRef<RegistryMsg>,
        _args: (),
    ) -> Result<Directory, ActorProcessingErr> {
        Ok(Directory::default())
    }

    async fn handle(
        &self,
        _me: ActorRef<RegistryMsg>,
        message: RegistryMsg,
        directory: &mut Directory,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            RegistryMsg::Added { id, status } => directory.add(id, status),
            RegistryMsg::Located { id, actor } => directory.locate(&id, actor),
            RegistryMsg::Removed { id } => directory.remove(&id),
            RegistryMsg::Find { id, reply } => answer(reply, directory.entries.get(&id).cloned()),
            RegistryMsg::List {
                client,
                page,
                reply,
            } => answer(reply, directory.list(client.as_ref(), &page)),
            RegistryMsg::Waiting { reply } => answer(reply, directory.waiting()),
            RegistryMsg::Count { client, reply } => {
                answer(reply, directory.count(client.as_ref()));
            }
            RegistryMsg::Clients {
                client,
                page,
                reply,
            } => answer(reply, directory.clients(client.as_ref(), &page)),
        }
        Ok(())
    }
}

impl Directory {
    fn add(&mut self, id: SessionId, status: Status) {
        let record = status.record();
        self.order
            .insert((record.created_at, id.clone()), record.client_id);
        self.entries.insert(
            id,
            Entry {
                status,
                actor: None,
            },
        );
    }

    fn locate(&mut self, id: &SessionId, actor: Option<ActorRef<SessionMsg>>) {
        if let Some(entry) = self.entries.get_mut(id) {
            entry.actor = actor;
        }
    }

    fn remove(&mut self, id: &SessionId) {
        if let Some(entry) = self.entries.remove(id) {
            self.order
                .remove(&(entry.status.record().created_at, id.clone()));
        }
    }

    fn list(&self, client: Option<&ClientId>, page: &PageRequest) -> Page<SessionView> {
        let after = page
            .after
            .as_deref()
            .and_then(key)
            .map_or(Bound::Unbounded, Bound::Excluded);
        let wanted = self
            .order
            .range((after, Bound::Unbounded))
            .filter(|(_, owner)| is_of(owner, client));
        let views = wanted
            .filter_map(|((_, id), _)| self.entries.get(id))
            .map(|entry| entry.status.view());
        Page::cut(
            views.take(page.limit as usize + 1).collect(),
            page.limit,
            cursor,
        )
    }

    fn count(&self, client: Option<&ClientId>) -> BTreeMap<&'static str, usize> {
        let mut counts: BTreeMap<_, _> = SessionState::ALL.map(|state| (state.as_str(), 0)).into();
        let wanted = self.order.iter().filter(|(_, owner)| is_of(owner, client));
        for entry in wanted.filter_map(|((_, id), _)| self.entries.get(id)) {
            *counts.entry(entry.status.state().as_str()).or_default() += 1;
        }
        counts
    }

    fn waiting(&self) -> Waiting {
        let each = self.entries.values().map(|entry| entry.status.waiting());
        each.fold(Waiting::default(), |all, (messages, oldest)| Waiting {
            messages: all.messages + messages,
            oldest: [all.oldest, oldest].into_iter().flatten().min(),
        })
    }

    fn clients(&self, client: Option<&ClientId>, page: &PageRequest) -> Page<ClientSummary> {
        let mut sessions: BTreeMap<&ClientId, usize> = BTreeMap::new();
        for owner in self.order.values().filter(|owner| is_of(owner, client)) {
            *sessions.entry(owner).or_default() += 1;
        }
        let is_next = |id: &ClientId| {
            let after = page.after.as_deref();
            after.is_none_or(|after| id.as_str() > after)
        };
        let next = sessions.into_iter().filter(|(id, _)| is_next(id));
        let next = next.map(|(id, sessions)| ClientSummary {
            client_id: id.clone(),
            sessions,
        });
        Page::cut(
            next.take(page.limit as usize + 1).collect(),
            page.limit,
            |client| client.client_id.to_string(),
        )
    }
}

fn is_of(owner: &ClientId, client: Option<&ClientId>) -> bool {
    client.is_none_or(|client| client == owner)
}

fn cursor(view: &SessionView) -> String {
    format!("{}/{}", view.record.created_at.as_millis(), view.record.id)
}

fn key(cursor: &str) -> Option<Key> {
    let (millis, id) = cursor.split_once('/')?;
    Some((
        Timestamp::from_millis(millis.parse().ok()?),
        SessionId::parse(id).ok()?,
    ))
}
