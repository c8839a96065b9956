//! A simulator of WhatsApp's chat server, faithful to what its clients see on the wire.
//!
//! It knows the protocol and nothing of wamux. Reading order: [`wire`] turns bytes into stanzas and back; [`phone`]
//! is the brain of a simulated handset; [`world`] is what the server remembers; [`hub`] adds the connections that
//! are open and the routing between them; [`server`] holds the behaviour, one stanza family a file; [`fault`] breaks
//! things on demand; [`control`] offers the verbs to tests and [`admin`] to HTTP; [`simulator`] starts and stops it.

pub mod admin;
pub mod clock;
pub mod control;
pub mod fault;
pub mod hub;
pub mod phone;
pub mod server;
pub mod simulator;
pub mod state_file;
pub mod wire;
pub mod world;

pub use self::control::{Control, ControlError, Scanned};
pub use self::fault::dice::FaultCounts;
pub use self::fault::plan::{Chances, FaultPlan};
pub use self::simulator::{Options, Simulator, StartError};
pub use self::world::account::{InboxItem, ReceiptItem};
pub use self::world::linking::Gate;
pub use self::world::passkey::{MadePasskey, PasskeyRegistration};
