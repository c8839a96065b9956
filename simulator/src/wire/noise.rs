//! The responder's half of WhatsApp's Noise handshake (XX, IK and `XXfallback`) and the transport ciphers after it.
//! Works on frame payloads; it neither frames nor reads stanzas.

use rand::rngs::StdRng;
use wacore_binary::consts::NOISE_PATTERN_IK;
use wacore_binary::consts::NOISE_PATTERN_XX;
use wacore_binary::consts::NOISE_PATTERN_XXFALLBACK;
use wacore_libsignal::protocol::KeyPair;
use wacore_noise::NoiseCipher;
use wacore_noise::NoiseHandshake;
use waproto::buffa::Message;
use waproto::buffa::MessageField;
use waproto::whatsapp::ClientPayload;
use waproto::whatsapp::HandshakeMessage;
use waproto::whatsapp::handshake_message::ClientHello;
use waproto::whatsapp::handshake_message::ServerHello;

use crate::wire::WireError;
use crate::wire::certificate::Authority;
use crate::wire::certificate::public_bytes;
use crate::wire::frame::HEADER;

type Key = [u8; 32];

/// The server's side of one handshake: [`Responder::answer`] the `ClientHello`, and unless that was already enough,
/// [`Responder::finish`] with the `ClientFinish`.
pub struct Responder {
    server: KeyPair,
    chain: Vec<u8>,
    ephemeral: KeyPair,
    refuse_ik: bool,
    waiting: Option<NoiseHandshake>,
}

/// What to send for a `ClientHello`, and whether the handshake ended with it.
pub struct Answer {
    /// The `ServerHello` as a frame payload.
    pub reply: Vec<u8>,
    /// Present after IK; after XX and `XXfallback` the client still owes a `ClientFinish`.
    pub established: Option<Established>,
}

/// A completed handshake.
pub struct Established {
    /// What the client says about itself.
    pub payload: ClientPayload,
    /// The client's static Noise key, raw; its proof of identity at login.
    pub client_static: Key,
    /// Seals what goes to the client.
    pub sender: Sender,
    /// Opens what comes from the client.
    pub receiver: Receiver,
}

/// The direction server to client: AES-256-GCM with a counter from 0.
pub struct Sender(Direction);

/// The direction client to server: AES-256-GCM with a counter from 0.
pub struct Receiver(Direction);

struct Direction {
    cipher: NoiseCipher,
    counter: u32,
}

impl Responder {
    /// A responder for one connection; it draws its ephemeral key from `rng` at once.
    pub fn new(authority: &Authority, rng: &mut StdRng) -> Self {
        Self {
            server: authority.noise_static().clone(),
            chain: authority.chain().to_vec(),
            ephemeral: KeyPair::generate(rng),
            refuse_ik: false,
            waiting: None,
        }
    }

    /// Answers IK with `XXfallback`, as a server does that has changed its static key.
    #[must_use]
    pub fn refusing_ik(mut self) -> Self {
        self.refuse_ik = true;
        self
    }

    /// Answers a `ClientHello`. One that carries a static key asks for IK; when that was encrypted for another server
    /// key, or IK is refused, the answer is `XXfallback`.
    pub fn answer(&mut self, hello: &[u8]) -> Result<Answer, WireError> {
        let hello =
            decode_handshake(hello)?
                .client_hello
                .into_option()
                .ok_or(WireError::Handshake {
                    field: "clientHello",
                })?;
        let client_ephemeral = key(hello.ephemeral.as_deref(), "clientHello.ephemeral")?;
        if hello.r#static.is_none() {
            return self.answer_xx(NOISE_PATTERN_XX, &client_ephemeral);
        }
        if !self.refuse_ik
            && let Ok((noise, client_static, payload)) = self.read_ik(&hello, &client_ephemeral)
        {
            return self.answer_ik(noise, &client_ephemeral, client_static, payload);
        }
        self.answer_xx(NOISE_PATTERN_XXFALLBACK, &client_ephemeral)
    }

    /// Takes the `ClientFinish` that ends XX and `XXfallback`.
    pub fn finish(&mut self, finish: &[u8]) -> Result<Established, WireError> {
        let turn = WireError::OutOfTurn {
            message: "a client finish",
        };
        let mut noise = self.waiting.take().ok_or(turn)?;
        let finish = decode_handshake(finish)?
            .client_finish
            .into_option()
            .ok_or(WireError::Handshake {
                field: "clientFinish",
            })?;
        let sealed = finish.r#static.ok_or(WireError::Handshake {
            field: "clientFinish.static",
        })?;
        let client_static = key(Some(&noise.decrypt(&sealed)?), "clientFinish.static")?;
        self.mix_ephemeral(&mut noise, &client_static)?;
        let payload = finish.payload.ok_or(WireError::Handshake {
            field: "clientFinish.payload",
        })?;
        let payload = decode_payload(&noise.decrypt(&payload)?)?;
        established(noise, client_static, payload)
    }

    fn answer_xx(&mut self, pattern: &str, client_ephemeral: &Key) -> Result<Answer, WireError> {
        let mut noise = NoiseHandshake::new(pattern, &HEADER)?;
        noise.authenticate(client_ephemeral);
        noise.authenticate(&public_bytes(&self.ephemeral));
        self.mix_ephemeral(&mut noise, client_ephemeral)?;
        let sealed_static = noise.encrypt(&public_bytes(&self.server))?;
        self.mix_static(&mut noise, client_ephemeral)?;
        let sealed_chain = noise.encrypt(&self.chain)?;
        self.waiting = Some(noise);
        Ok(Answer {
            reply: self.hello(Some(sealed_static), sealed_chain),
            established: None,
        })
    }

    fn read_ik(
        &self,
        hello: &ClientHello,
        client_ephemeral: &Key,
    ) -> Result<(NoiseHandshake, Key, ClientPayload), WireError> {
        let sealed_static = hello.r#static.as_deref().ok_or(WireError::Handshake {
            field: "clientHello.static",
        })?;
        let sealed_payload = hello.payload.as_deref().ok_or(WireError::Handshake {
            field: "clientHello.payload",
        })?;
        let mut noise = NoiseHandshake::new(NOISE_PATTERN_IK, &HEADER)?;
        noise.authenticate(&public_bytes(&self.server));
        noise.authenticate(client_ephemeral);
        self.mix_static(&mut noise, client_ephemeral)?;
        let client_static = key(Some(&noise.decrypt(sealed_static)?), "clientHello.static")?;
        self.mix_static(&mut noise, &client_static)?;
        let payload = decode_payload(&noise.decrypt(sealed_payload)?)?;
        Ok((noise, client_static, payload))
    }

    fn answer_ik(
        &self,
        mut noise: NoiseHandshake,
        client_ephemeral: &Key,
        client_static: Key,
        payload: ClientPayload,
    ) -> Result<Answer, WireError> {
        noise.authenticate(&public_bytes(&self.ephemeral));
        self.mix_ephemeral(&mut noise, client_ephemeral)?;
        self.mix_ephemeral(&mut noise, &client_static)?;
        let sealed_chain = noise.encrypt(&self.chain)?;
        let reply = self.hello(None, sealed_chain);
        Ok(Answer {
            reply,
            established: Some(established(noise, client_static, payload)?),
        })
    }

    fn hello(&self, sealed_static: Option<Vec<u8>>, sealed_chain: Vec<u8>) -> Vec<u8> {
        let hello = ServerHello {
            ephemeral: Some(public_bytes(&self.ephemeral).to_vec()),
            r#static: sealed_static,
            payload: Some(sealed_chain),
            ..ServerHello::default()
        };
        HandshakeMessage {
            server_hello: MessageField::some(hello),
            ..HandshakeMessage::default()
        }
        .encode_to_vec()
    }

    fn mix_ephemeral(&self, noise: &mut NoiseHandshake, theirs: &Key) -> Result<(), WireError> {
        Ok(noise.mix_shared_secret(self.ephemeral.private_key.serialize(), theirs)?)
    }

    fn mix_static(&self, noise: &mut NoiseHandshake, theirs: &Key) -> Result<(), WireError> {
        Ok(noise.mix_shared_secret(self.server.private_key.serialize(), theirs)?)
    }
}

impl Sender {
    /// Encrypts one frame payload; an error means that the connection must be closed.
    pub fn seal(&mut self, plaintext: &[u8]) -> Result<Vec<u8>, WireError> {
        let counter = self.0.advance()?;
        Ok(self.0.cipher.encrypt_with_counter(counter, plaintext)?)
    }
}

impl Receiver {
    /// Decrypts one frame payload; an error means that the connection must be closed.
    pub fn open(&mut self, frame: &[u8]) -> Result<Vec<u8>, WireError> {
        let counter = self.0.advance()?;
        let mut buffer = frame.to_vec();
        self.0
            .cipher
            .decrypt_in_place_with_counter(counter, &mut buffer)?;
        Ok(buffer)
    }
}

impl Direction {
    fn advance(&mut self) -> Result<u32, WireError> {
        let counter = self.counter;
        self.counter = counter
            .checked_add(1)
            .ok_or(wacore_noise::NoiseError::CounterExhausted)?;
        Ok(counter)
    }
}

/// `finish` names its halves from the initiator's point of view, so a responder swaps them.
fn established(
    noise: NoiseHandshake,
    client_static: Key,
    payload: ClientPayload,
) -> Result<Established, WireError> {
    let (from_client, to_client) = noise.finish()?;
    Ok(Established {
        payload,
        client_static,
        sender: Sender(Direction {
            cipher: to_client,
            counter: 0,
        }),
        receiver: Receiver(Direction {
            cipher: from_client,
            counter: 0,
        }),
    })
}

fn decode_handshake(bytes: &[u8]) -> Result<HandshakeMessage, WireError> {
    HandshakeMessage::decode_from_slice(bytes).map_err(|source| WireError::Protobuf {
        what: "handshake message",
        source,
    })
}

fn decode_payload(bytes: &[u8]) -> Result<ClientPayload, WireError> {
    ClientPayload::decode_from_slice(bytes).map_err(|source| WireError::Protobuf {
        what: "client payload",
        source,
    })
}

fn key(bytes: Option<&[u8]>, field: &'static str) -> Result<Key, WireError> {
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(WireError::Handshake { field })
}

#[cfg(test)]
mod tests;
