//! What a client may send before and between its frames.

use super::*;

fn reader_after(bytes: &[u8]) -> (FrameReader, Vec<Vec<u8>>) {
    let mut reader = FrameReader::new();
    let frames = reader.feed(bytes).unwrap();
    (reader, frames)
}

fn stream(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

#[test]
fn header_and_first_frame_may_share_a_message() {
    let (_, frames) = reader_after(&stream(&[&HEADER, &encode(b"hello")]));
    assert_eq!(frames, [b"hello".to_vec()]);
}

#[test]
fn several_frames_come_out_in_order_and_empty_ones_count() {
    let (mut reader, first) = reader_after(&stream(&[
        &HEADER,
        &encode(b"one"),
        &encode(b""),
        &encode(b"three"),
    ]));
    assert_eq!(first, [b"one".to_vec(), Vec::new(), b"three".to_vec()]);
    assert_eq!(reader.feed(&encode(b"four")).unwrap(), [b"four".to_vec()]);
}

#[test]
fn the_edge_routing_intro_is_stripped_and_kept() {
    let intro = [&ROUTING_MAGIC[..], &[0, 0, 4], b"edge"].concat();
    let (reader, frames) = reader_after(&stream(&[&intro, &HEADER, &encode(b"hello")]));
    assert_eq!(frames, [b"hello".to_vec()]);
    assert_eq!(reader.routing_info(), Some(&b"edge"[..]));
}

#[test]
fn borders_of_messages_need_not_be_borders_of_frames() {
    let intro = [&ROUTING_MAGIC[..], &[0, 0, 4], b"edge"].concat();
    let bytes = stream(&[&intro, &HEADER, &encode(b"one"), &encode(&[7; 300])]);
    let mut reader = FrameReader::new();
    let frames: Vec<Vec<u8>> = bytes
        .iter()
        .flat_map(|byte| reader.feed(&[*byte]).unwrap())
        .collect();
    assert_eq!(frames, [b"one".to_vec(), vec![7; 300]]);
}

#[test]
fn another_header_is_refused_and_named() {
    let error = FrameReader::new().feed(b"GET / HTTP/1.1").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the connection opens with 474554202f204854, not with the header WA 06 03"
    );
}

#[test]
fn another_dictionary_version_is_refused() {
    let error = FrameReader::new().feed(&[b'W', b'A', 6, 2]).unwrap_err();
    assert!(matches!(error, WireError::Header { .. }));
}

#[test]
fn an_oversize_frame_is_refused_when_it_is_announced() {
    let mut reader = FrameReader::new();
    reader.feed(&HEADER).unwrap();
    let error = reader.feed(&[0xff, 0xff, 0xff]).unwrap_err();
    assert!(matches!(
        error,
        WireError::FrameTooLong {
            len: 0xff_ffff,
            limit: MAX_FRAME_LEN
        }
    ));
}
