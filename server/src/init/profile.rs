//! A profile: the folder with all that a person's client needs to call the house.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

use barnahus_domain::HouseId;
use serde::Serialize;

use super::{TRUST_FILE, folder};

const PROFILE_FILE: &str = "profile.toml";
const CERTIFICATE_FILE: &str = "certificate.pem";
const KEY_FILE: &str = "key.pem";
const AUTHORITY_FILE: &str = "authority.pem";
/// The name in the server's certificate that every trial server has, whatever address it is called by.
const SERVER_NAME: &str = "localhost";

/// What a profile holds.
pub struct Profile<'a> {
    /// The server's address, such as `https://127.0.0.1:7443`.
    pub server: &'a str,
    /// The house.
    pub house: &'a HouseId,
    /// Its IANA time zone.
    pub time_zone: &'a str,
    /// The person's certificate, as PEM.
    pub certificate_pem: &'a str,
    /// The person's key, as PEM.
    pub key_pem: &'a str,
    /// The certificate of the authority that the server's is checked by, as PEM.
    pub authority_pem: &'a str,
    /// The text of the trust file.
    pub trust: &'a str,
}

/// The form of `profile.toml`. Files are seen from the profile's folder.
#[derive(Serialize)]
struct Form<'a> {
    server: &'a str,
    server_name: &'a str,
    house: String,
    time_zone: &'a str,
    certificate: &'a str,
    key: &'a str,
    authority: &'a str,
    trust: &'a str,
}

/// Writes a profile into a new folder. `profile.toml` comes last, so a profile that has it is whole.
///
/// # Errors
/// If the folder is there already, or a file cannot be written.
pub fn write_profile(profile_dir: &Path, profile: &Profile<'_>) -> io::Result<()> {
    folder::make_private_dir(profile_dir)?;
    folder::write_public_file(&profile_dir.join(CERTIFICATE_FILE), profile.certificate_pem)?;
    folder::write_private_file(&profile_dir.join(KEY_FILE), profile.key_pem)?;
    folder::write_public_file(&profile_dir.join(AUTHORITY_FILE), profile.authority_pem)?;
    folder::write_public_file(&profile_dir.join(TRUST_FILE), profile.trust)?;
    let form = Form {
        server: profile.server,
        server_name: SERVER_NAME,
        house: format!("houses/{}", profile.house),
        time_zone: profile.time_zone,
        certificate: CERTIFICATE_FILE,
        key: KEY_FILE,
        authority: AUTHORITY_FILE,
        trust: TRUST_FILE,
    };
    let text = toml::to_string(&form).map_err(io::Error::other)?;
    folder::write_public_file(&profile_dir.join(PROFILE_FILE), &text)?;
    folder::sync_dir(profile_dir)
}

/// How clients on the same machine call a server that listens there.
#[must_use]
pub fn server_url(listen: SocketAddr) -> String {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("https://{}", SocketAddr::new(ip, listen.port()))
}
