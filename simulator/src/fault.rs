//! What can go wrong between a client and the server: on demand here, by chance in [`plan`] and [`dice`]. It changes
//! connections, never what was said.

pub mod dice;
pub mod plan;

use crate::hub::State;
use crate::hub::connection::ConnectionId;
use crate::server::login::{replace, stream_error};
use crate::world::account::Refusal;

/// `reason` of `<failure>` for a ban that ends (facts a10).
const BANNED: u16 = 402;

/// Sockets of an account's companions, or of one of them.
fn sockets(state: &State, number: &str, device: Option<u16>) -> Vec<ConnectionId> {
    let wanted = |id: u16| device.is_none_or(|device| device == id);
    let online = state
        .online
        .iter()
        .filter(|(at, _)| at.account == number && wanted(at.device));
    online.map(|(_, connection)| *connection).collect()
}

/// Cuts sockets without a word, as a lost network does. Returns how many.
pub fn cut(state: &mut State, number: &str, device: Option<u16>) -> usize {
    let cut = sockets(state, number, device);
    for connection in &cut {
        state.cut(*connection);
    }
    cut.len()
}

/// Makes sockets go dead and stay open, or cuts those that did. Returns how many.
pub fn mute(state: &mut State, number: &str, on: bool) -> usize {
    let mut hit = sockets(state, number, None);
    hit.retain(|connection| state.is_muted(*connection) != on);
    for connection in &hit {
        if on {
            state.mute(*connection);
        } else {
            state.cut(*connection);
        }
    }
    hit.len()
}

/// Tells the companions that somebody else logged in as them. Returns how many.
pub fn replaced(state: &mut State, number: &str, device: Option<u16>) -> usize {
    let hit = sockets(state, number, device);
    for connection in &hit {
        replace(state, *connection);
    }
    hit.len()
}

/// Ends the companions' streams with a code. Returns how many.
pub fn stream_fault(state: &mut State, number: &str, code: u16) -> usize {
    let hit = sockets(state, number, None);
    for connection in &hit {
        state.send(*connection, stream_error(code));
        state.close(*connection);
    }
    hit.len()
}

/// Makes logins fail until [`forgive`]; who is logged in is cut off and meets it on the way back.
pub fn refuse(state: &mut State, number: &str, refusal: Refusal) -> bool {
    let Some(account) = state.world.accounts.get_mut(number) else {
        return false;
    };
    account.refusal = Some(refusal);
    cut(state, number, None);
    true
}

/// The refusal of a ban that lasts `expire` seconds.
pub fn ban(code: u16, expire: u64) -> Refusal {
    Refusal {
        reason: BANNED,
        code: Some(code),
        expire: Some(expire),
    }
}

/// Lets an account log in again.
pub fn forgive(state: &mut State, number: &str) -> bool {
    state
        .world
        .accounts
        .get_mut(number)
        .is_some_and(|account| account.refusal.take().is_some())
}

#[cfg(test)]
mod tests;
