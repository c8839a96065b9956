//! Bytes to stanzas and back, as a WhatsApp server sees them: frames, the Noise handshake, the certificate chain
//! and the binary nodes. No sockets, no accounts, no behaviour: what a stanza means is the server's business.

pub mod certificate;
pub mod frame;
pub mod node;
pub mod noise;

/// Why bytes from a client, or stanzas for one, could not be turned into the other.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The first bytes are neither `WA 06 03` nor an edge-routing intro followed by it.
    #[error("the connection opens with {found}, not with the header WA 06 03")]
    Header {
        /// The first bytes in hexadecimal.
        found: String,
    },
    /// A client announced a frame above [`frame::MAX_FRAME_LEN`].
    #[error("a frame of {len} bytes is above the limit of {limit}")]
    FrameTooLong {
        /// Announced length in bytes.
        len: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// A handshake message lacks a field or has one of a wrong length.
    #[error("the handshake message has no usable {field}")]
    Handshake {
        /// The field, as named in the `HandshakeMessage` protobuf.
        field: &'static str,
    },
    /// A handshake message arrived in a state that does not expect it.
    #[error("the handshake is not waiting for {message}")]
    OutOfTurn {
        /// The message that arrived.
        message: &'static str,
    },
    /// Bytes that should be a protobuf message are not.
    #[error("the {what} is not a protobuf message")]
    Protobuf {
        /// Which message was expected.
        what: &'static str,
        /// What the decoder said.
        #[source]
        source: waproto::buffa::DecodeError,
    },
    /// The Noise state machine refused a step, for instance a ciphertext that does not authenticate.
    #[error("the Noise handshake failed")]
    Noise(#[from] wacore_noise::HandshakeError),
    /// A transport frame could not be sealed or opened; the connection is beyond repair.
    #[error("a transport frame could not be sealed or opened")]
    Transport(#[from] wacore_noise::NoiseError),
    /// Bytes that should be a binary node are not, or a node cannot be written.
    #[error("the binary node is malformed")]
    Node(#[from] wacore_binary::BinaryError),
    /// A key has no valid encoding.
    #[error("a key is malformed")]
    Key(#[from] wacore_libsignal::protocol::CurveError),
}
