//! A group as the server keeps it. Members are named by their account's digits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Talks.
    Member,
    /// Changes the group.
    Admin,
    /// Made the group.
    SuperAdmin,
}

impl Role {
    /// The `type` attribute of a `<participant>`; members have none.
    pub fn attribute(self) -> Option<&'static str> {
        match self {
            Self::Member => None,
            Self::Admin => Some("admin"),
            Self::SuperAdmin => Some("superadmin"),
        }
    }

    /// Whether the member may change the group.
    pub fn is_admin(self) -> bool {
        self != Self::Member
    }
}

/// A group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Group {
    /// User part of the group's jid (`…@g.us`).
    pub id: String,
    /// Name.
    pub subject: String,
    /// Unix seconds of the name.
    pub subject_at: u64,
    /// Digits of who set the name.
    pub subject_by: String,
    /// Digits of who made it.
    pub creator: String,
    /// Unix seconds.
    pub created_at: u64,
    /// Text and its id, when there is one.
    pub description: Option<Description>,
    /// Digits to role.
    pub members: BTreeMap<String, Role>,
    /// Only admins may write.
    pub announcement: bool,
    /// Only admins may change subject, picture and description.
    pub locked: bool,
    /// Joining needs an admin's consent.
    pub approval: bool,
    /// `admin_add` or `all_member_add`.
    pub member_add_mode: String,
    /// Seconds after which messages vanish; 0 is never.
    pub ephemeral: u32,
    /// Code of the invitation link.
    pub invite: String,
    /// Picture of the group.
    pub picture: Option<super::account::Picture>,
    /// Counts the changes.
    pub version: u64,
}

/// A group's description.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Description {
    /// Id given by the client that wrote it.
    pub id: String,
    /// Text.
    pub text: String,
    /// Digits of the author.
    pub by: String,
    /// Unix seconds.
    pub at: u64,
}
