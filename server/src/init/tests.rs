//! Founding into temporary folders.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

const VARMLAND: &str = include_str!("../../../tests/scenarios/varmland.toml");
const NOW: Time = Time(1_790_000_000_000_000);

fn founded(dir: &Path) -> Founded {
    found(dir, VARMLAND, None, NOW).unwrap()
}

/// Every file of a folder, with its rights, seen from the folder.
fn files(dir: &Path) -> Vec<(String, u32)> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.metadata().unwrap();
            if metadata.is_dir() {
                open.push(path.clone());
            }
            found.push((path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned(), metadata.permissions().mode() & 0o777));
        }
    }
    found.sort();
    found
}

#[test]
fn a_founded_house_is_whole_and_its_secrets_are_its_owners() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("deep/house");
    let house = founded(&dir);
    let files = files(&dir);
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).filter(|name| !name.contains('/')).collect();
    assert_eq!(names, ["authority.pem", "founding.json", "house.toml", "profiles", "secret", "server.pem", "server.toml", "trust"]);
    for (name, mode) in &files {
        let private = name.starts_with("secret/") || name.ends_with("key.pem") || name == "server.toml";
        let expected = if private { 0o600 } else { *mode };
        assert_eq!(*mode, expected, "{name}");
    }
    for folder in ["secret", "profiles", "profiles/administrator-1"] {
        assert!(files.contains(&(folder.to_owned(), 0o700)), "{folder}");
    }
    let founding = load_founding(&dir).unwrap();
    assert_eq!((&founding.house_file.definition, &founding.first_administrator), (&house.definition, &house.first_administrator));
    let first = house.first_administrator;
    assert_eq!((first.mandate.post.as_str(), first.mandate.until), ("administrator-1", NOW.plus_us(MANDATE_US)));
    assert!(first.person.as_str().starts_with("p-") && first.person.as_str().len() == 12);
}

#[test]
fn keys_trust_and_authority_belong_together() {
    let parent = tempfile::tempdir().unwrap();
    let house = founded(parent.path());
    let secrets = load_secrets(parent.path()).unwrap();
    assert_ne!(*secrets.house_key, *secrets.token_key);
    let trusted: Trust = house.trust.parse().unwrap();
    let signer = Signer::from_seed("barnahus.invalid/varmland", &secrets.log_seed).unwrap();
    assert_eq!(trusted.logs(), [signer.verifier().clone()]);
    let authority = Authority::load(parent.path()).unwrap();
    assert_eq!(authority.certificate_pem(), fs::read_to_string(house.administrator.join("authority.pem")).unwrap());
    assert_eq!(format!("{secrets:?}"), "Secrets(…)");
}

#[test]
fn the_first_administrators_profile_says_how_to_call() {
    let parent = tempfile::tempdir().unwrap();
    let house = found(parent.path(), VARMLAND, Some("0.0.0.0:9000".parse().unwrap()), NOW).unwrap();
    let text = fs::read_to_string(house.administrator.join("profile.toml")).unwrap();
    let expected = "server = \"https://127.0.0.1:9000\"\nserver_name = \"localhost\"\nhouse = \"houses/varmland\"\n\
        time_zone = \"Europe/Stockholm\"\ncertificate = \"certificate.pem\"\nkey = \"key.pem\"\nauthority = \"authority.pem\"\n\
        trust = \"trust\"\n";
    assert_eq!(text, expected);
    assert_eq!(fs::read_to_string(house.administrator.join("trust")).unwrap(), house.trust);
    assert_eq!(fs::read_to_string(house.administrator.join("certificate.pem")).unwrap(), house.first_administrator.certificate.pem);
    assert_eq!(server_url("[::]:1".parse().unwrap()), "https://[::1]:1");
}

#[test]
fn nothing_that_exists_is_overwritten() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("house");
    founded(&dir);
    let before = files(&dir);
    assert!(matches!(found(&dir, VARMLAND, None, NOW), Err(InitError::Exists(_))));
    assert_eq!(files(&dir), before);
    let other = parent.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("note"), "mine").unwrap();
    assert!(matches!(found(&other, VARMLAND, None, NOW), Err(InitError::NotEmpty(_))));
    assert!(matches!(load_founding(&other), Err(InitError::NoHouse(_))));
}

#[test]
fn a_founding_that_was_cut_off_is_noticed_wherever_it_stopped() {
    let parent = tempfile::tempdir().unwrap();
    let whole = parent.path().join("whole");
    founded(&whole);
    // `founding.json` comes last, so whatever else is missing, it is missing too.
    for left in [vec!["house.toml"], vec!["house.toml", "server.toml"], vec!["house.toml", "trust", "server.pem"]] {
        let dir = parent.path().join(left.join("+"));
        fs::create_dir(&dir).unwrap();
        for name in &left {
            fs::copy(whole.join(name), dir.join(name)).unwrap();
        }
        assert!(matches!(load_founding(&dir), Err(InitError::CutOff(_))));
        assert!(matches!(found(&dir, VARMLAND, None, NOW), Err(InitError::CutOff(_))));
    }
}

#[test]
fn a_bad_house_file_leaves_nothing_behind() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("house");
    assert!(matches!(found(&dir, "[house]", None, NOW), Err(InitError::HouseFile(_))));
    assert!(!dir.exists());
}

#[test]
fn a_house_file_that_was_changed_later_is_refused() {
    let parent = tempfile::tempdir().unwrap();
    founded(parent.path());
    fs::write(parent.path().join(HOUSE_FILE), VARMLAND.replace("VRM", "VVV")).unwrap();
    assert!(matches!(load_founding(parent.path()), Err(InitError::Changed(_))));
}

#[test]
fn a_secret_that_others_can_read_or_that_is_damaged_is_refused_unshown() {
    let parent = tempfile::tempdir().unwrap();
    founded(parent.path());
    let path = parent.path().join("secret/house.key");
    let text = fs::read_to_string(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let shared = load_secrets(parent.path()).unwrap_err().to_string();
    assert!(shared.contains("chmod 600"), "{shared}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&path, &text[2..]).unwrap();
    let damaged = load_secrets(parent.path()).unwrap_err();
    assert!(matches!(damaged, InitError::Damaged(_)));
    assert!(!format!("{damaged} {damaged:?}").contains(&text[2..20]));
}

#[test]
fn the_servers_certificate_is_renewed_for_new_names_and_before_its_end() {
    let parent = tempfile::tempdir().unwrap();
    founded(parent.path());
    let renewed = |names: &[&str], now| renew_server_certificate(parent.path(), names, now).unwrap();
    assert!(!renewed(&[], NOW));
    assert!(renewed(&["house.example"], NOW));
    assert!(!renewed(&["house.example"], NOW));
    assert!(renewed(&["house.example"], NOW.plus_us(340 * DAY_US)));
    assert!(tls::server_config(parent.path()).is_ok());
    fs::remove_file(parent.path().join(authority::KEY_FILE)).unwrap();
    assert!(!renewed(&["other.example"], NOW));
}
