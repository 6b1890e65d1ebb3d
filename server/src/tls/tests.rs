//! Handshakes over loopback, with a real client.

use barnahus_domain::{HouseId, PersonId, directory::IssuedCertificate, time::DAY_US};
use rustls::{AlertDescription, ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_stream::StreamExt as _;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::*;
use crate::{
    authority::{Authority, NewKey},
    init,
};

const VARMLAND: &str = include_str!("../../../tests/scenarios/varmland.toml");

/// A house with a server that listens, and stops when this is dropped.
struct House {
    dir: tempfile::TempDir,
    address: SocketAddr,
    connections: std::pin::Pin<Box<dyn tokio_stream::Stream<Item = io::Result<Connection>> + Send>>,
    tracker: TaskTracker,
    shutdown: CancellationToken,
}

fn now() -> Time {
    Clock::machine().now()
}

fn found() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    init::found(dir.path(), VARMLAND, None, now()).unwrap();
    dir
}

async fn listen(dir: tempfile::TempDir) -> House {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tracker, shutdown) = (TaskTracker::new(), CancellationToken::new());
    let connections = incoming(listener, server_config(dir.path()).unwrap(), &tracker, shutdown.clone());
    House { dir, address, connections: Box::pin(connections), tracker, shutdown }
}

fn issue(authority: &Authority, at: Time) -> (IssuedCertificate, NewKey) {
    let key = NewKey::generate().unwrap();
    let house = HouseId::parse("varmland").unwrap();
    (authority.sign(&key.request_pem, &PersonId::from_random([7; 5]), &house, at).unwrap(), key)
}

fn client(house: &House, identity: Option<&(IssuedCertificate, NewKey)>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(first_certificate(&house.dir.path().join("authority.pem")).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_protocol_versions(&[&rustls::version::TLS13]).unwrap().with_root_certificates(roots);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = vec![CertificateDer::from_pem_slice(certificate.pem.as_bytes()).unwrap()];
            builder.with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(key.key_pem.as_bytes()).unwrap()).unwrap()
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    TlsConnector::from(Arc::new(config))
}

async fn connect(house: &House, connector: &TlsConnector, name: &'static str) -> io::Result<TlsStream<TcpStream>> {
    connector.connect(ServerName::try_from(name).unwrap(), TcpStream::connect(house.address).await?).await
}

/// What the server says to a client that it does not let in. Under TLS 1.3 the client hears it when it first reads.
async fn refusal(house: &House, identity: Option<&(IssuedCertificate, NewKey)>) -> AlertDescription {
    let mut stream = connect(house, &client(house, identity), "localhost").await.unwrap();
    let error = stream.read_u8().await.unwrap_err();
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::AlertReceived(alert)) => *alert,
        other => panic!("no alert, but {other:?}"),
    }
}

#[tokio::test]
async fn a_client_with_a_certificate_of_the_house_gets_through_and_is_known() {
    let mut house = listen(found()).await;
    let identity = issue(&Authority::load(house.dir.path()).unwrap(), now());
    for name in ["localhost", "127.0.0.1", "::1"] {
        let mut stream = connect(&house, &client(&house, Some(&identity)), name).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        let mut connection = house.connections.next().await.unwrap().unwrap();
        let peer = connection.peer();
        assert_eq!(barnahus_domain::directory::parse_fingerprint(&identity.0.fingerprint), Some(peer.fingerprint));
        assert_eq!(peer.ends_at, identity.0.ends_at);
        assert_eq!(peer.address, stream.get_ref().0.local_addr().unwrap());
        stream.write_all(b"question").await.unwrap();
        let mut heard = [0; 8];
        connection.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"question");
    }
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused() {
    let house = listen(found()).await;
    assert_eq!(refusal(&house, None).await, AlertDescription::CertificateRequired);
}

#[tokio::test]
async fn a_client_of_another_authority_is_refused() {
    let house = listen(found()).await;
    let foreign = Authority::create(&HouseId::parse("varmland").unwrap(), now()).unwrap();
    // It even has the same name: then the signature is what does not fit.
    let alert = refusal(&house, Some(&issue(&foreign, now()))).await;
    assert!([AlertDescription::UnknownCA, AlertDescription::DecryptError, AlertDescription::BadCertificate].contains(&alert), "{alert:?}");
    let stranger = Authority::create(&HouseId::parse("elsewhere").unwrap(), now()).unwrap();
    assert_eq!(refusal(&house, Some(&issue(&stranger, now()))).await, AlertDescription::UnknownCA);
}

#[tokio::test]
async fn a_certificate_outside_its_time_is_refused() {
    let house = listen(found()).await;
    let authority = Authority::load(house.dir.path()).unwrap();
    let expired = issue(&authority, now().plus_us(-366 * DAY_US));
    assert_eq!(refusal(&house, Some(&expired)).await, AlertDescription::CertificateExpired);
    let early = issue(&authority, now().plus_us(2 * DAY_US));
    refusal(&house, Some(&early)).await;
}

#[tokio::test]
async fn the_servers_own_certificate_lets_nobody_in() {
    let house = listen(found()).await;
    let authority = Authority::load(house.dir.path()).unwrap();
    let server = authority.issue_server::<&str>(&[], now()).unwrap();
    let (mut identity, _) = issue(&authority, now());
    identity.pem = server.certificate_pem;
    let key = NewKey { key_pem: server.key_pem, request_pem: String::new() };
    refusal(&house, Some(&(identity, key))).await;
}

#[tokio::test]
async fn a_further_issuers_clients_get_through() {
    let dir = found();
    let issuer = Authority::create(&HouseId::parse("police").unwrap(), now()).unwrap();
    fs::create_dir(dir.path().join(ISSUERS_DIR)).unwrap();
    fs::write(dir.path().join("issuers/police.pem"), issuer.certificate_pem()).unwrap();
    fs::write(dir.path().join("issuers/README"), "not an issuer").unwrap();
    let mut house = listen(dir).await;
    let identity = issue(&issuer, now());
    let _stream = connect(&house, &client(&house, Some(&identity)), "localhost").await.unwrap();
    assert_eq!(house.connections.next().await.unwrap().unwrap().peer().ends_at, identity.0.ends_at);
}

#[tokio::test]
async fn tls_1_2_is_refused() {
    let house = listen(found()).await;
    let mut hello = vec![0x03, 0x03];
    hello.extend([0x55; 32]);
    // No session; ECDHE-ECDSA-AES128-GCM-SHA256; no compression; groups secp256r1; signatures ecdsa_secp256r1_sha256.
    hello.extend([0, 0, 2, 0xc0, 0x2b, 1, 0, 0, 16, 0, 10, 0, 4, 0, 2, 0, 23, 0, 13, 0, 4, 0, 2, 4, 3]);
    let length = u8::try_from(hello.len()).unwrap();
    let mut record = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
    record.extend(hello);
    let mut socket = TcpStream::connect(house.address).await.unwrap();
    socket.write_all(&record).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    // A fatal alert: protocol_version (RFC 8446 §6.2).
    assert_eq!(answer, [21, 3, 3, 0, 2, 2, 70]);
}

#[tokio::test]
async fn no_session_is_resumed() {
    let mut house = listen(found()).await;
    let identity = issue(&Authority::load(house.dir.path()).unwrap(), now());
    let connector = client(&house, Some(&identity));
    for _ in 0..2 {
        let mut stream = connect(&house, &connector, "localhost").await.unwrap();
        let mut connection = house.connections.next().await.unwrap().unwrap();
        connection.write_all(b"x").await.unwrap();
        connection.flush().await.unwrap();
        stream.read_u8().await.unwrap();
        assert_eq!(stream.get_ref().1.handshake_kind(), Some(rustls::HandshakeKind::Full));
    }
}

#[tokio::test]
async fn one_who_says_nothing_holds_nobody_up() {
    let mut house = listen(found()).await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(TcpStream::connect(house.address).await.unwrap());
    }
    let mut noise = TcpStream::connect(house.address).await.unwrap();
    noise.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let identity = issue(&Authority::load(house.dir.path()).unwrap(), now());
    let _stream = connect(&house, &client(&house, Some(&identity)), "localhost").await.unwrap();
    assert_eq!(house.connections.next().await.unwrap().unwrap().peer().ends_at, identity.0.ends_at);
}

#[tokio::test]
async fn after_shutdown_the_port_is_closed_and_what_stands_goes_on() {
    let mut house = listen(found()).await;
    let identity = issue(&Authority::load(house.dir.path()).unwrap(), now());
    let mut stream = connect(&house, &client(&house, Some(&identity)), "localhost").await.unwrap();
    let mut connection = house.connections.next().await.unwrap().unwrap();
    let _silent = TcpStream::connect(house.address).await.unwrap();
    house.shutdown.cancel();
    house.tracker.close();
    house.tracker.wait().await;
    assert!(house.connections.next().await.is_none());
    assert_eq!(TcpStream::connect(house.address).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    connection.write_all(b"x").await.unwrap();
    connection.flush().await.unwrap();
    assert_eq!(stream.read_u8().await.unwrap(), b'x');
}

#[test]
fn a_folder_with_a_wrong_file_is_refused_by_its_name() {
    let dir = found();
    let broken = |name: &str, text: &str| {
        let before = fs::read(dir.path().join(name)).unwrap();
        fs::write(dir.path().join(name), text).unwrap();
        let error = server_config(dir.path()).unwrap_err().to_string();
        fs::write(dir.path().join(name), before).unwrap();
        assert!(error.contains(name) && !error.contains("PRIVATE"), "{error}");
    };
    broken("authority.pem", "");
    broken("server.pem", "-----BEGIN CERTIFICATE-----\n*\n");
    broken("secret/server.key", "");
    let other = NewKey::generate().unwrap();
    broken("secret/server.key", &other.key_pem);
}

#[test]
fn certificates_are_named_from_30_days_before_their_end() {
    let dir = found();
    let named = |days: i64| {
        let soon = ending_soon(dir.path(), now().plus_us(days * DAY_US)).unwrap();
        soon.into_iter().map(|(path, _)| path.file_name().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(named(334).is_empty());
    assert_eq!(named(336), [CERTIFICATE_FILE]);
    assert_eq!(named(100 * 365), [authority::CERTIFICATE_FILE, CERTIFICATE_FILE]);
}

#[test]
fn the_handshakes_time_is_the_clocks() {
    let clock = Clock::standing_at(Time(1_790_000_000_999_999));
    assert_eq!(HandshakeTime(clock).current_time(), Some(UnixTime::since_unix_epoch(Duration::from_secs(1_790_000_000))));
    assert_eq!(HandshakeTime(Clock::standing_at(Time(-1))).current_time(), None);
}
