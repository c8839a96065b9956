//! Stanzas survive the codec, compressed or not, and the readers find what is in them.

use std::io::Read;

use flate2::Compression;
use flate2::read::ZlibEncoder;

use super::*;

fn stanza() -> Node {
    NodeBuilder::new("message")
        .attr("to", "1234:5@lid".parse::<Jid>().unwrap())
        .attr("id", "3EB0")
        .children([
            NodeBuilder::new("enc")
                .attr("type", "pkmsg")
                .bytes(vec![1, 2, 255])
                .build(),
            NodeBuilder::new("body").string_content("hello").build(),
            NodeBuilder::new("enc")
                .attr("type", "msg")
                .bytes(vec![9; 200])
                .build(),
        ])
        .build()
}

#[test]
fn a_stanza_survives_the_codec() {
    let plaintext = encode(&stanza()).unwrap();
    assert_eq!(plaintext[0], 0);
    let read = decode(&plaintext).unwrap();
    assert_eq!(attr(&read, "id").as_deref(), Some("3EB0"));
    assert_eq!(attr(&read, "to").as_deref(), Some("1234:5@lid"));
    assert_eq!(
        children(&read, "enc").map(bytes).collect::<Vec<_>>(),
        [&[1, 2, 255][..], &[9; 200]]
    );
}

#[test]
fn a_compressed_stanza_is_read() {
    let plaintext = encode(&stanza()).unwrap();
    let mut compressed = vec![2];
    ZlibEncoder::new(&plaintext[1..], Compression::default())
        .read_to_end(&mut compressed)
        .unwrap();
    assert_eq!(display(&decode(&compressed).unwrap()), display(&stanza()));
}

#[test]
fn readers_tell_absent_from_present() {
    let node = stanza();
    assert_eq!(attr(&node, "type"), None);
    assert_eq!(jid(&node, "to").unwrap().device, 5);
    assert!(child(&node, "participants").is_none());
    assert_eq!(text(child(&node, "body").unwrap()), "hello");
    assert_eq!(all_children(child(&node, "body").unwrap()).len(), 0);
    assert_eq!(bytes(&node), b"");
}

#[test]
fn the_display_form_shows_short_content_and_measures_long() {
    let shown = display(&stanza());
    let wanted = r#"<message to="1234:5@lid" id="3EB0"><enc type="pkmsg">0102ff</enc><body>hello</body><enc type="msg">[200 bytes]</enc></message>"#;
    assert_eq!(shown, wanted);
}

#[test]
fn garbage_is_an_error() {
    assert!(decode(&[]).is_err());
    assert!(decode(&[0, 248, 9, 1]).is_err());
    assert!(decode(&[2, 1, 2, 3]).is_err());
}
