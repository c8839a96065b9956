//! Frames: a three-byte big-endian length and a payload. A client opens its stream with an optional edge-routing
//! intro and the header `WA 06 03`; a server only ever sends frames.

use crate::wire::WireError;

/// What a client sends before its first frame; also the Noise prologue. `06` is the protocol's magic, `03` the
/// version of the token dictionary.
pub const HEADER: [u8; 4] = wacore_binary::consts::WA_CONN_HEADER;

/// Longest frame payload that is accepted from a client, in bytes. Real clients stay far below; the format itself
/// ends at 16 MiB.
pub const MAX_FRAME_LEN: usize = 4 * 1024 * 1024;

const LENGTH_BYTES: usize = 3;
/// The edge-routing intro: `ED 00 01`, a three-byte length, then that many bytes of routing info.
const ROUTING_MAGIC: [u8; 4] = [b'E', b'D', 0, 1];

/// Collects WebSocket payloads and cuts them into frames; payload and frame borders need not coincide.
#[derive(Debug, Default)]
pub struct FrameReader {
    buffer: Vec<u8>,
    opened: bool,
    routing_info: Option<Vec<u8>>,
}

impl FrameReader {
    /// A reader at the start of a connection, which still expects the header.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one WebSocket binary payload and gives the frame payloads that are complete with it, in order.
    /// After an error the stream cannot be read any further.
    pub fn feed(&mut self, payload: &[u8]) -> Result<Vec<Vec<u8>>, WireError> {
        self.buffer.extend_from_slice(payload);
        let mut frames = Vec::new();
        if !self.opened && !self.open()? {
            return Ok(frames);
        }
        while let Some(frame) = self.next_frame()? {
            frames.push(frame);
        }
        Ok(frames)
    }

    /// The routing info that the client repeated from an earlier `<edge_routing>`, if it did.
    pub fn routing_info(&self) -> Option<&[u8]> {
        self.routing_info.as_deref()
    }

    /// Strips intro and header; `false` while they are incomplete.
    fn open(&mut self) -> Result<bool, WireError> {
        if self.routing_info.is_none() && begins(&self.buffer, &ROUTING_MAGIC) {
            let Some(info) = take_counted(&mut self.buffer, ROUTING_MAGIC.len())? else {
                return Ok(false);
            };
            self.routing_info = Some(info);
        }
        if !begins(&self.buffer, &HEADER) {
            let found = hex::encode(&self.buffer[..self.buffer.len().min(8)]);
            return Err(WireError::Header { found });
        }
        if self.buffer.len() < HEADER.len() {
            return Ok(false);
        }
        self.buffer.drain(..HEADER.len());
        self.opened = true;
        Ok(true)
    }

    fn next_frame(&mut self) -> Result<Option<Vec<u8>>, WireError> {
        take_counted(&mut self.buffer, 0)
    }
}

/// A frame around `payload`, ready for a WebSocket binary message. `payload` must be shorter than 16 MiB, which
/// [`crate::wire::node::encode`] and [`crate::wire::noise::Sender::seal`] never exceed for stanzas of ours.
pub fn encode(payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes();
    let mut frame = Vec::with_capacity(LENGTH_BYTES + payload.len());
    frame.extend_from_slice(&len[1..]);
    frame.extend_from_slice(payload);
    frame
}

/// Whether `buffer` starts with `magic`, as far as it goes.
fn begins(buffer: &[u8], magic: &[u8]) -> bool {
    buffer
        .iter()
        .zip(magic)
        .all(|(found, wanted)| found == wanted)
}

/// Takes `offset` bytes, a length and that many bytes off the front, and gives the last part; `None` (and nothing
/// taken) while it is incomplete.
fn take_counted(buffer: &mut Vec<u8>, offset: usize) -> Result<Option<Vec<u8>>, WireError> {
    let start = offset + LENGTH_BYTES;
    let Some(digits) = buffer.get(offset..start) else {
        return Ok(None);
    };
    let len = digits
        .iter()
        .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
    if len > MAX_FRAME_LEN {
        return Err(WireError::FrameTooLong {
            len,
            limit: MAX_FRAME_LEN,
        });
    }
    if buffer.len() < start + len {
        return Ok(None);
    }
    let taken = buffer[start..start + len].to_vec();
    buffer.drain(..start + len);
    Ok(Some(taken))
}

#[cfg(test)]
mod tests;
