//! Files: up, down, and up again after a break.

use whatsapp_rust::UploadOptions;
use whatsapp_rust::media::{ImageOptions, image_message};
use whatsapp_rust::prelude::*;
use whatsapp_rust::wacore::download::MediaType;

use crate::companion::{Companion, PATIENCE, all_known, simulator};

/// Above this, clients ask whether an upload can be resumed (facts a9).
const RESUMED_FROM: usize = 5 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_sent_by_one_client_is_seen_by_the_other() {
    let simulator = simulator(None).await;
    let (ada, _) = Companion::linked(&simulator, "Ada", None).await;
    let (mut bob, b) = Companion::linked(&simulator, "Bob", None).await;
    let picture: Vec<u8> = (0..40_000_u32).map(|at| at.to_le_bytes()[0]).collect();
    let upload = ada
        .client
        .upload(picture.clone(), MediaType::Image, UploadOptions::new())
        .await
        .unwrap();
    let options = ImageOptions {
        caption: Some("look".to_owned()),
        ..Default::default()
    };
    ada.client
        .send_message(Jid::pn(b.phone.as_str()), image_message(upload, options))
        .await
        .unwrap();
    let image = bob
        .expect("a picture", |event| match event {
            Event::Messages(batch) => batch
                .messages
                .iter()
                .find_map(|inbound| inbound.message.image_message.as_option().cloned()),
            _ => None,
        })
        .await;
    assert_eq!(image.caption.as_deref(), Some("look"));
    assert_eq!(bob.client.download(&image).await.unwrap(), picture);
    let seen = simulator
        .expect_inbox(&b.phone, PATIENCE, |item| item.kind == "image")
        .await
        .unwrap();
    assert_eq!(seen.text.as_deref(), Some("look"));
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_is_uploaded_and_found_again() {
    let simulator = simulator(None).await;
    let (ada, _) = Companion::linked(&simulator, "Ada", None).await;
    let file = vec![42; RESUMED_FROM + 1];
    let options = UploadOptions::new().with_media_key([9; 32]);
    let first = ada
        .client
        .upload(file.clone(), MediaType::Document, options.clone())
        .await
        .unwrap();
    let second = ada
        .client
        .upload(file, MediaType::Document, options)
        .await
        .unwrap();
    assert_eq!(first.direct_path, second.direct_path);
}
