//! A file of any earlier version becomes one of this version with all that is in it; one of a later version stays.

use super::*;
use crate::domain::event::Event;
use crate::domain::event::EventFilter;
use crate::domain::id::EventId;
use crate::domain::id::MessageId;
use crate::domain::id::SessionId;
use crate::domain::id::WebhookId;
use crate::domain::idempotency::Claim;
use crate::domain::idempotency::Standing;
use crate::domain::message::MessageFilter;
use crate::domain::page::PageRequest;
use crate::domain::pairing_link::LinkToken;
use crate::domain::timeline::Viewer;
use crate::domain::webhook::FailureCode;
use crate::store::Store;
use crate::store::chats::tests::at;
use crate::store::vault::Vault;
use serde_json::Value;
use sqlx::Connection;
use sqlx::SqliteConnection;
use sqlx::migrate::Migration;
use sqlx::sqlite::SqlitePoolOptions;
use std::path::Path;
use tempfile::TempDir;

/// Each step that was released: the beginning of its SHA-384, and what a daemon wrote that knew it as the last. A step
/// that is changed makes every file of its version useless, so only lines are added here.
const RELEASED: [(&str, &str); 7] = [
    ("40f0d4f4", include_str!("rows/0001.sql")),
    ("58e0eb91", include_str!("rows/0002.sql")),
    ("830ae31a", include_str!("rows/0003.sql")),
    ("694475ce", include_str!("rows/0004.sql")),
    ("e1ee63aa", include_str!("rows/0005.sql")),
    ("1951d38f", include_str!("rows/0006.sql")),
    ("80830c02", include_str!("rows/0007.sql")),
];

/// A file that was made by the first version and used by each one up to this step.
async fn file_of(step: usize, folder: &Path) -> std::path::PathBuf {
    let file = folder.join("wamux.db");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect(&url).await.unwrap();
    for taken in 1..=step {
        let steps = STEPS.iter().take(taken).cloned().collect();
        Migrator::with_migrations(steps).run(&pool).await.unwrap();
        let rows = sqlx::raw_sql(RELEASED[taken - 1].1);
        rows.execute(&pool).await.unwrap();
    }
    pool.close().await;
    file
}

/// What is in a file of a version before this one, once it has been opened.
struct Kept {
    store: Store,
    step: usize,
    _folder: TempDir,
}

impl Kept {
    async fn since(step: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = file_of(step, folder.path()).await;
        Self {
            store: Store::open(&file).await.unwrap(),
            step,
            _folder: folder,
        }
    }

    fn has(&self, step: usize) -> bool {
        self.step >= step
    }

    async fn texts(&self) -> Vec<Option<String>> {
        let (session, filter) = (support(), MessageFilter::default());
        let page = self.store.messages(&session, &filter, &all()).await;
        let messages = page.unwrap().data.into_iter();
        messages.map(|message| message.text).collect()
    }

    async fn events(&self) -> Vec<Event> {
        let filter = EventFilter::default();
        self.store.events(&filter, None, 100).await.unwrap()
    }

    async fn sessions_and_messages(&self) {
        let [one] = &self.store.sessions().await.unwrap()[..] else {
            panic!("one session")
        };
        let account = one.account.as_ref().unwrap();
        assert_eq!(
            (
                one.id.as_str(),
                one.client_id.as_str(),
                account.phone.as_str()
            ),
            ("support", "acme", "5511900000001")
        );
        assert_eq!(
            self.store.setting("auth.api_key").await.unwrap().unwrap(),
            "a hash"
        );
        assert_eq!(self.store.orphaned_files().await.unwrap().len(), 1);
        let heard = if self.has(4) { "Hi there" } else { "Hi" };
        let mut expected = vec![Some("Hello".to_owned()), Some(heard.to_owned())];
        if self.has(2) {
            expected.insert(0, Some("On its way".to_owned()));
        }
        assert_eq!(self.texts().await, expected);
        let heard = self.store.message(&message(1)).await.unwrap().unwrap();
        assert_eq!(heard.edited_at.is_some(), self.has(4));
        let sent = self.store.message(&message(2)).await.unwrap().unwrap();
        assert_eq!(
            (sent.states.len(), sent.recipients.len()),
            (3, usize::from(self.has(2)))
        );
    }

    /// What later versions work out of what earlier ones kept.
    async fn figures_and_chats(&self) {
        let query =
            sqlx::query_as("SELECT sent_ms, delivered_ms FROM messages WHERE id LIKE '%F02'");
        let took: (i64, i64) = query.fetch_one(&self.store.readers).await.unwrap();
        assert_eq!(took, (200, 900));
        let chats = self
            .store
            .chats(&support(), None, &all())
            .await
            .unwrap()
            .data;
        let newest = self.texts().await.swap_remove(0);
        assert_eq!(chats.len(), 1);
        assert_eq!(
            (chats[0].name.as_deref(), &chats[0].last_message.text),
            (Some("Eva"), &newest)
        );
    }

    async fn outbox_and_events(&self) {
        let waiting = self.store.waiting(&support()).await.unwrap();
        let expected = if self.has(2) {
            vec![message(3)]
        } else {
            Vec::new()
        };
        assert_eq!(
            waiting
                .into_iter()
                .map(|message| message.id)
                .collect::<Vec<_>>(),
            expected
        );
        let numbers: Vec<_> = self.events().await.iter().map(|event| event.seq).collect();
        assert_eq!(numbers, if self.has(2) { vec![1, 2] } else { Vec::new() });
        let claim = Claim {
            scope: "send".to_owned(),
            name: "order-1".to_owned(),
        };
        let standing = self.store.claim(&claim, "f", at(5000)).await.unwrap();
        let answered = Standing::Answered("{}".to_owned());
        assert_eq!(standing, if self.has(2) { answered } else { Standing::New });
    }

    async fn webhooks(&self) {
        let id = WebhookId::parse("whk_01ARZ3NDEKTSV4RRFFQ69G5FA1").unwrap();
        let webhooks = self.store.webhooks(Vault::new(&[1; 32]));
        let found = webhooks.find(&id).await.unwrap();
        assert_eq!(found.is_some(), self.has(3));
        let Some(found) = found else { return };
        assert!(webhooks.key_fits().await.unwrap());
        let headers: Vec<_> = found.webhook.headers.iter().collect();
        assert_eq!(headers, [("authorization", "swordfish")]);
        let delivery = webhooks.delivery(&id, &event(2)).await.unwrap().unwrap();
        let [attempt] = &delivery.attempts[..] else {
            panic!("one attempt")
        };
        let failure = attempt.failure.as_ref().map(|failure| failure.code);
        assert_eq!(
            (attempt.status, failure),
            (Some(500), Some(FailureCode::Status))
        );
        let due = webhooks.due(&id, at(9000), &[], 10).await.unwrap();
        assert_eq!(due.len(), 1);
    }

    async fn timelines_and_links(&self) {
        let heard = self.store.message(&message(2)).await.unwrap().unwrap();
        let moments = self
            .store
            .timeline(heard, &Viewer::Everything)
            .await
            .unwrap();
        let states: Vec<Value> = moments
            .iter()
            .map(|moment| serde_json::to_value(moment).unwrap()["state"].take())
            .collect();
        let mut expected = vec![Value::Null, "sent".into(), "delivered".into()];
        if self.has(3) {
            // The attempt of the webhook, and the one to come.
            expected.extend([Value::Null, Value::Null]);
        }
        assert_eq!(states, expected);
        let token = LinkToken::parse(&format!("lnk_{}", "A".repeat(43))).unwrap();
        let link = self.store.link(&token, at(5000)).await.unwrap();
        assert_eq!(link.map(|link| link.session_id), self.has(7).then(support));
    }

    async fn close_sound(self) {
        let query = sqlx::query_scalar("PRAGMA integrity_check");
        let said: String = query.fetch_one(&self.store.readers).await.unwrap();
        assert_eq!(said, "ok");
        let broken = sqlx::query("PRAGMA foreign_key_check").fetch_all(&self.store.readers);
        assert_eq!(broken.await.unwrap().len(), 0);
        self.store.close().await;
    }
}

fn support() -> SessionId {
    SessionId::parse("support").unwrap()
}

fn message(number: u8) -> MessageId {
    MessageId::parse(&format!("msg_01ARZ3NDEKTSV4RRFFQ69G5F0{number}")).unwrap()
}

fn event(number: u8) -> EventId {
    EventId::parse(&format!("evt_01ARZ3NDEKTSV4RRFFQ69G5F0{number}")).unwrap()
}

fn all() -> PageRequest {
    PageRequest {
        limit: 100,
        after: None,
    }
}

#[tokio::test]
async fn a_file_of_each_earlier_version_has_all_that_was_in_it() {
    for step in 1..=RELEASED.len() {
        println!("from step {step}");
        let kept = Kept::since(step).await;
        kept.sessions_and_messages().await;
        kept.figures_and_chats().await;
        kept.outbox_and_events().await;
        kept.webhooks().await;
        kept.timelines_and_links().await;
        kept.close_sound().await;
    }
}

#[test]
fn steps_that_were_released_stay_as_they_are() {
    let beginning = |step: &Migration| u32::from_be_bytes(*step.checksum.first_chunk().unwrap());
    let now: Vec<_> = STEPS
        .iter()
        .map(|step| format!("{:08x}", beginning(step)))
        .collect();
    let released: Vec<&str> = RELEASED.iter().map(|(sum, _)| *sum).collect();
    assert_eq!(
        now, released,
        "a change of the tables is a new step, with rows of its own"
    );
}

#[tokio::test]
async fn a_file_of_a_later_version_is_refused_in_a_sentence_and_left_as_it_is() {
    const LATER: &str = "CREATE TABLE of_tomorrow (x); INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
        VALUES (9999, 'tomorrow', 1, x'00', 1)";
    let folder = tempfile::tempdir().unwrap();
    let file = file_of(RELEASED.len(), folder.path()).await;
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", file.display()))
        .await
        .unwrap();
    sqlx::raw_sql(LATER).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let refused = Store::open(&file).await.err().unwrap();
    let expected = format!(
        "its tables are at step 9999, and this version knows {}",
        RELEASED.len()
    );
    assert!(refused.to_string().contains(&expected), "{refused}");
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", file.display()))
        .await
        .unwrap();
    let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM messages")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(rows, 3);
}
