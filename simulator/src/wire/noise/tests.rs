//! The responder against wacore-noise's initiators, which are what the real client runs.

use rand::SeedableRng;
use wacore_noise::HandshakeUtils;
use wacore_noise::IkHandshakeState;
use wacore_noise::IkServerHelloOutcome;
use wacore_noise::XxFallbackHandshakeState;
use wacore_noise::XxHandshakeState;

use super::*;

struct Parts {
    authority: Authority,
    client: KeyPair,
    rng: StdRng,
}

fn parts() -> Parts {
    let mut rng = StdRng::seed_from_u64(7);
    let authority = Authority::new(&mut rng, 1_790_000_000).unwrap();
    Parts {
        authority,
        client: KeyPair::generate(&mut rng),
        rng,
    }
}

fn payload() -> Vec<u8> {
    ClientPayload {
        username: Some(4_915_112_345_678),
        device: Some(3),
        ..ClientPayload::default()
    }
    .encode_to_vec()
}

/// Both directions work, twice, and the server knows who it talks to.
fn assert_talks(mut server: Established, parts: &Parts, client: (NoiseCipher, NoiseCipher)) {
    assert_eq!(server.payload.username, Some(4_915_112_345_678));
    assert_eq!(server.payload.device, Some(3));
    assert_eq!(server.client_static, public_bytes(&parts.client));
    let (write, read) = client;
    for (counter, text) in [b"first".as_slice(), b"second"].into_iter().enumerate() {
        let counter = u32::try_from(counter).unwrap();
        let sent = write.encrypt_with_counter(counter, text).unwrap();
        assert_eq!(server.receiver.open(&sent).unwrap(), text);
        let mut received = server.sender.seal(text).unwrap();
        read.decrypt_in_place_with_counter(counter, &mut received)
            .unwrap();
        assert_eq!(received, text);
    }
}

/// An XX initiator that trusts the simulator's root, made of the library's own building blocks.
struct TrustingClient {
    noise: NoiseHandshake,
    ephemeral: KeyPair,
}

impl TrustingClient {
    fn hello(pattern: &str, rng: &mut StdRng) -> (Self, Vec<u8>) {
        let ephemeral = KeyPair::generate(rng);
        let mut noise = NoiseHandshake::new(pattern, &HEADER).unwrap();
        noise.authenticate(&public_bytes(&ephemeral));
        let hello = HandshakeUtils::build_client_hello(&public_bytes(&ephemeral)).encode_to_vec();
        (Self { noise, ephemeral }, hello)
    }

    fn finish(
        mut self,
        reply: &[u8],
        client: &KeyPair,
        authority: &Authority,
    ) -> (Vec<u8>, (NoiseCipher, NoiseCipher)) {
        let (server_ephemeral, sealed_static, sealed_chain) =
            HandshakeUtils::parse_server_hello(reply).unwrap();
        self.noise.authenticate(&server_ephemeral);
        self.noise
            .mix_shared_secret(self.ephemeral.private_key.serialize(), &server_ephemeral)
            .unwrap();
        let server_static = self.noise.decrypt(&sealed_static).unwrap();
        self.noise
            .mix_shared_secret(self.ephemeral.private_key.serialize(), &server_static)
            .unwrap();
        let chain = self.noise.decrypt(&sealed_chain).unwrap();
        assert_eq!(chain, authority.chain());
        assert_eq!(server_static, public_bytes(authority.noise_static()));
        let sealed = self.noise.encrypt(&public_bytes(client)).unwrap();
        self.noise
            .mix_shared_secret(client.private_key.serialize(), &server_ephemeral)
            .unwrap();
        let finish =
            HandshakeUtils::build_client_finish(sealed, self.noise.encrypt(&payload()).unwrap());
        (finish.encode_to_vec(), self.noise.finish().unwrap())
    }
}

#[test]
fn xx_connects_a_client_that_trusts_the_root() {
    let mut parts = parts();
    let mut responder = Responder::new(&parts.authority, &mut parts.rng);
    let (client, hello) = TrustingClient::hello(NOISE_PATTERN_XX, &mut parts.rng);
    let answer = responder.answer(&hello).unwrap();
    assert!(answer.established.is_none());
    let (finish, ciphers) = client.finish(&answer.reply, &parts.client, &parts.authority);
    assert_talks(responder.finish(&finish).unwrap(), &parts, ciphers);
}

/// In a production build the real client stops at the root signature and nowhere before; compiled for the sandbox
/// it goes through every other check.
#[test]
fn the_real_client_objects_to_nothing_but_the_root() {
    let mut parts = parts();
    let mut responder = Responder::new(&parts.authority, &mut parts.rng);
    let mut client = XxHandshakeState::new(parts.client.clone(), payload(), &HEADER).unwrap();
    let answer = responder
        .answer(&client.build_client_hello().unwrap())
        .unwrap();
    match client.read_server_hello_and_build_client_finish(&answer.reply) {
        Ok(finish) => {
            let outcome = client.finish().unwrap();
            assert_talks(
                responder.finish(&finish).unwrap(),
                &parts,
                (outcome.write_cipher, outcome.read_cipher),
            );
        }
        Err(error) => assert!(
            error.to_string().contains("intermediate signature failed"),
            "{error}"
        ),
    }
}

#[test]
fn ik_connects_the_real_client_in_one_round_trip() {
    let mut parts = parts();
    let mut responder = Responder::new(&parts.authority, &mut parts.rng);
    let server = public_bytes(parts.authority.noise_static());
    let mut client =
        IkHandshakeState::new(parts.client.clone(), server, payload(), &HEADER).unwrap();
    let answer = responder
        .answer(&client.build_client_hello().unwrap())
        .unwrap();
    let IkServerHelloOutcome::Continue(outcome) = client.read_server_hello(&answer.reply).unwrap()
    else {
        panic!("the client fell back");
    };
    let ciphers = (outcome.write_cipher, outcome.read_cipher);
    assert_talks(answer.established.unwrap(), &parts, ciphers);
}

/// The client's half of a fallback, up to the point where it looks at the root.
fn fall_back(client: IkHandshakeState, responder: &mut Responder, parts: &Parts, reply: &[u8]) {
    let IkServerHelloOutcome::Fallback(inputs) = client.read_server_hello(reply).unwrap() else {
        panic!("the client did not fall back");
    };
    let trusting = TrustingClient {
        noise: {
            let mut noise = NoiseHandshake::new(NOISE_PATTERN_XXFALLBACK, &HEADER).unwrap();
            noise.authenticate(&public_bytes(&inputs.ephemeral_kp));
            noise
        },
        ephemeral: inputs.ephemeral_kp.clone(),
    };
    let mut real = XxFallbackHandshakeState::from_ik_failure(*inputs, &HEADER).unwrap();
    if let Err(error) = real.build_client_finish() {
        assert!(
            error.to_string().contains("intermediate signature failed"),
            "{error}"
        );
    }
    let (finish, ciphers) = trusting.finish(reply, &parts.client, &parts.authority);
    assert_talks(responder.finish(&finish).unwrap(), parts, ciphers);
}

#[test]
fn a_responder_told_to_refuse_ik_falls_back() {
    let mut parts = parts();
    let mut responder = Responder::new(&parts.authority, &mut parts.rng).refusing_ik();
    let server = public_bytes(parts.authority.noise_static());
    let mut client =
        IkHandshakeState::new(parts.client.clone(), server, payload(), &HEADER).unwrap();
    let answer = responder
        .answer(&client.build_client_hello().unwrap())
        .unwrap();
    assert!(answer.established.is_none());
    fall_back(client, &mut responder, &parts, &answer.reply);
}

#[test]
fn a_client_that_remembers_another_server_key_falls_back() {
    let mut parts = parts();
    let mut responder = Responder::new(&parts.authority, &mut parts.rng);
    let stale = public_bytes(&KeyPair::generate(&mut parts.rng));
    let mut client =
        IkHandshakeState::new(parts.client.clone(), stale, payload(), &HEADER).unwrap();
    let answer = responder
        .answer(&client.build_client_hello().unwrap())
        .unwrap();
    fall_back(client, &mut responder, &parts, &answer.reply);
}

#[test]
fn messages_out_of_turn_and_garbage_are_errors() {
    let mut parts = parts();
    let mut responder = Responder::new(&parts.authority, &mut parts.rng);
    assert!(matches!(
        responder.finish(b""),
        Err(WireError::OutOfTurn { .. })
    ));
    assert!(responder.answer(b"garbage").is_err());
    let (_, hello) = TrustingClient::hello(NOISE_PATTERN_XX, &mut parts.rng);
    responder.answer(&hello).unwrap();
    let forged = HandshakeUtils::build_client_finish(vec![0; 48], vec![0; 32]).encode_to_vec();
    assert!(responder.finish(&forged).is_err());
}

#[test]
fn a_changed_frame_does_not_open() {
    let mut parts = parts();
    let mut responder = Responder::new(&parts.authority, &mut parts.rng);
    let (client, hello) = TrustingClient::hello(NOISE_PATTERN_XX, &mut parts.rng);
    let answer = responder.answer(&hello).unwrap();
    let (finish, (write, _)) = client.finish(&answer.reply, &parts.client, &parts.authority);
    let mut server = responder.finish(&finish).unwrap();
    let mut frame = write.encrypt_with_counter(0, b"text").unwrap();
    frame[0] ^= 1;
    assert!(server.receiver.open(&frame).is_err());
}
