//! Lists come in pages: so many, after the one that the cursor names.

use serde::Serialize;

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// How many at the most.
    pub limit: u32,
    /// The last item of the page before, opaque to callers.
    pub after: Option<String>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The items.
    pub data: Vec<T>,
    /// What to ask for next; none on the last page.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Cuts `items`, of which one more than `limit` was asked for, and names the last one that stays.
    pub fn cut(mut items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Self {
        let limit = limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = if more { items.last().map(cursor) } else { None };
        Self {
            data: items,
            next_cursor,
        }
    }

    /// The same page of something else.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page {
            data: self.data.into_iter().map(convert).collect(),
            next_cursor: self.next_cursor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_cursor() {
        let cut = |items: Vec<u32>| Page::cut(items, 2, ToString::to_string);
        assert_eq!(cut(vec![1, 2, 3]).next_cursor.as_deref(), Some("2"));
        assert_eq!(cut(vec![1, 2]).next_cursor, None);
        assert_eq!(cut(vec![]).data, Vec::<u32>::new());
    }
}
