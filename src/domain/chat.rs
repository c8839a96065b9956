//! Chat ids: every form that people know is accepted, one form is emitted.
//!
//! A person is `<phone>@c.us`, or `<lid>@lid` while the phone number is unknown; a group is `…@g.us`, a channel
//! `…@newsletter`, the status feed `status@broadcast`.

use crate::domain::id::ParseIdError;
use crate::domain::schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use std::fmt;
use utoipa::ToSchema;

const RULE: &str = "use +<country><number>, digits, …@c.us, …@s.whatsapp.net, …@lid, …@g.us, …@newsletter or status@broadcast";

/// A phone number in international form: 7 to 15 digits without `+` (ITU-T E.164).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Takes digits with an optional `+` in front; spaces, dashes, dots and brackets between them are dropped.
    pub fn parse(text: &str) -> Result<Self, ParseIdError> {
        let bare = text.trim();
        let digits: String = bare
            .strip_prefix('+')
            .unwrap_or(bare)
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')'))
            .collect();
        let valid = (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if valid {
            Ok(Self(digits))
        } else {
            Err(ParseIdError::new(
                "phone number",
                "use the international form, 7 to 15 digits, such as +5511999998888",
                text,
            ))
        }
    }

    /// The digits, without `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

schema::described!(
    Phone,
    schema::text(
        "A phone number in international form (E.164), digits alone.",
        "^[1-9][0-9]{6,14}$",
        "5511999998888"
    )
);

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Phone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// The user part of a LID, WhatsApp's number for a person that hides the phone number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Lid(String);

impl Lid {
    /// Takes the digits before `@lid`.
    pub fn parse(text: &str) -> Result<Self, ParseIdError> {
        if is_digits(text, 20) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseIdError::new("LID", "1 to 20 digits", text))
        }
    }

    /// The digits before `@lid`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

schema::described!(
    Lid,
    schema::text(
        "A LID, WhatsApp's number for a person that hides the phone number: the digits before `@lid`.",
        "^[0-9]{1,20}$",
        "123456789012345"
    )
);

impl fmt::Display for Lid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@lid", self.0)
    }
}

/// Where a message goes to or comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ChatId {
    /// A person whose phone number is known.
    Person(Phone),
    /// A person who is known by a LID alone.
    Lid(Lid),
    /// A group; the part before `@g.us`.
    Group(String),
    /// A channel; the part before `@newsletter`.
    Newsletter(String),
    /// The status feed.
    Status,
}

impl ChatId {
    /// Whether it is a group.
    pub fn is_group(&self) -> bool {
        matches!(self, Self::Group(_))
    }

    /// Parses every form that the API accepts; the error lists them.
    pub fn parse(text: &str) -> Result<Self, ParseIdError> {
        let text = text.trim();
        let refuse = || ParseIdError::new("chat id", RULE, text);
        let Some((user, server)) = text.split_once('@') else {
            return Phone::parse(text).map(Self::Person).map_err(|_| refuse());
        };
        match server {
            "c.us" | "s.whatsapp.net" => Phone::parse(user).map(Self::Person).map_err(|_| refuse()),
            "lid" => Lid::parse(user).map(Self::Lid).map_err(|_| refuse()),
            "g.us" if is_group(user) => Ok(Self::Group(user.to_owned())),
            "newsletter" if is_digits(user, 32) => Ok(Self::Newsletter(user.to_owned())),
            "broadcast" if user == "status" => Ok(Self::Status),
            _ => Err(refuse()),
        }
    }
}

fn is_digits(text: &str, max: usize) -> bool {
    !text.is_empty() && text.len() <= max && text.bytes().all(|b| b.is_ascii_digit())
}

/// `<digits>` today, `<creator>-<time>` for groups from before 2021.
fn is_group(user: &str) -> bool {
    is_digits(&user.replacen('-', "", 1), 48) && !user.starts_with('-') && !user.ends_with('-')
}

schema::described!(
    ChatId,
    schema::text(
        "A chat id in its one form: `<phone>@c.us` for a person, `<lid>@lid` while the number is not known, `…@g.us` \
         for a group, `…@newsletter` for a channel, or `status@broadcast`.",
        "^([1-9][0-9]{6,14}@c\\.us|[0-9]{1,20}@lid|[0-9]+(-[0-9]+)?@g\\.us|[0-9]{1,32}@newsletter|status@broadcast)$",
        "5511999998888@c.us"
    )
);

impl fmt::Display for ChatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(phone) => write!(f, "{phone}@c.us"),
            Self::Lid(lid) => lid.fmt(f),
            Self::Group(user) => write!(f, "{user}@g.us"),
            Self::Newsletter(user) => write!(f, "{user}@newsletter"),
            Self::Status => f.write_str("status@broadcast"),
        }
    }
}

impl Serialize for ChatId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ChatId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// A chat or a person as the API shows it: the one `chatId`, and beside it what is known of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Party {
    /// The canonical id.
    #[serde(rename = "chatId")]
    pub id: ChatId,
    /// The phone number's digits, where known.
    pub phone: Option<Phone>,
    /// The LID's digits, where known.
    pub lid: Option<Lid>,
}

impl Party {
    /// What an id alone tells.
    pub fn from_id(id: ChatId) -> Self {
        let phone = if let ChatId::Person(phone) = &id {
            Some(phone.clone())
        } else {
            None
        };
        let lid = if let ChatId::Lid(lid) = &id {
            Some(lid.clone())
        } else {
            None
        };
        Self { id, phone, lid }
    }

    /// A person by both names: the phone number is the canonical one, so that a chat does not split in two.
    pub fn person(phone: Phone, lid: Option<Lid>) -> Self {
        Self {
            id: ChatId::Person(phone.clone()),
            phone: Some(phone),
            lid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_person_becomes_one() {
        for form in [
            "+5511999998888",
            "5511999998888",
            "+55 (11) 99999-8888",
            "5511999998888@c.us",
            "5511999998888@s.whatsapp.net",
        ] {
            assert_eq!(
                ChatId::parse(form).map(|id| id.to_string()),
                Ok("5511999998888@c.us".to_owned()),
                "{form}"
            );
        }
    }

    #[test]
    fn other_chats_keep_their_form() {
        for form in [
            "123456789012345@lid",
            "120363000000000000@g.us",
            "5511999998888-1600000000@g.us",
            "120363111@newsletter",
            "status@broadcast",
        ] {
            assert_eq!(
                ChatId::parse(form).map(|id| id.to_string()),
                Ok(form.to_owned())
            );
        }
    }

    #[test]
    fn what_is_no_chat_is_refused_with_the_forms_that_are() {
        for form in [
            "",
            "hello",
            "12",
            "@c.us",
            "1@2@c.us",
            "x@g.us",
            "-1@g.us",
            "me@example.org",
            "055119999888@c.us",
            "1234567890123456",
        ] {
            let error = ChatId::parse(form).expect_err(form).to_string();
            assert!(error.contains("@g.us"), "{error}");
        }
    }
}
