//! Whether a house file makes sense as a whole, and the definition that it makes. All faults are found at once.

use std::collections::{BTreeMap, BTreeSet};

use barnahus_audit::{KeyKind, Origin, Verifier};
use barnahus_domain::{
    AuthorityId, HouseId, PostId, RoomId,
    code::RoomKind,
    house::{Authority, Definition, Post, Room},
};
use barnahus_policy::Role;
use jiff::{civil, tz::TimeZone};
use toml::Spanned;

use super::{ConsultationSlot, Fault, HouseFile, Opening, form, line_of};

/// Blocked before and after an interview, where the house says nothing else (B2).
const BUFFER_MINUTES: u32 = 15;
const BUFFER_MINUTES_MAX: u32 = 240;
const NAME_MAX: usize = 100;
/// The definition must fit into one record, whose bound is 65,535 bytes.
const DEFINITION_MAX: usize = 48 * 1024;

/// L7: the order of roles where the house says no other.
const ROLE_RANKS: [(Role, u8); 9] = [
    (Role::InvestigationLeader, 1),
    (Role::PoliceInvestigator, 2),
    (Role::SpecialRepresentative, 3),
    (Role::InjuredPartyCounsel, 3),
    (Role::DefenceCounsel, 3),
    (Role::ChildWelfareOfficer, 4),
    (Role::ChildPsychiatry, 5),
    (Role::Paediatrician, 5),
    (Role::Counsellor, 5),
];

/// Turns the form into a house, or says everything that is wrong with it.
pub(super) fn check(text: &str, form: form::Form) -> Result<HouseFile, Vec<Fault>> {
    let mut check = Check { text, faults: Vec::new() };
    let file = check.house(form);
    match file {
        Some(file) if check.faults.is_empty() => Ok(file),
        _ => {
            check.faults.sort_by_key(|fault| fault.line);
            Err(check.faults)
        }
    }
}

/// The faults that were found. What is wrong is noted, and the search goes on with what is left.
struct Check<'a> {
    text: &'a str,
    faults: Vec<Fault>,
}

impl Check<'_> {
    fn house(&mut self, form: form::Form) -> Option<HouseFile> {
        let house = form.house;
        let id = self.id(&house.id, "id", HouseId::parse);
        let name = self.name(&house.name, "name");
        let alias_prefix = self.alias_prefix(&house.alias_prefix);
        let time_zone = self.time_zone(&house.time_zone);
        let buffer_minutes = self.buffer_minutes(house.buffer_minutes.as_ref());
        let origin = self.origin(&house.id, house.origin.as_ref());
        let opening = house.opening.and_then(|opening| self.opening(&opening));
        let consultation_slot = house.consultation_slot.and_then(|slot| self.consultation_slot(&slot));
        let rooms = self.rooms(&form.room);
        let holidays = form.agencies.holidays.as_ref().and_then(|country| self.holidays(country));
        let (authorities, by_name) = self.authorities(&form.agencies);
        let host = self.authority(&by_name, &form.agencies.house_host, "house_host");
        let posts = self.posts(&form.post, &by_name);
        let first_administrator = posts.iter().find(|post| post.roles.contains(&Role::Administrator)).map(|post| post.id.clone());
        if first_administrator.is_none() {
            let last = form.post.last().map_or(0, |post| post.id.span().start);
            self.fault(last, "post", "add a post with the role `ADMINISTRATOR`: without one nobody could be enrolled".into());
        }
        let role_ranks = self.role_ranks(form.role_ranks);
        let definition = Definition {
            id: id?,
            name: name?,
            alias_prefix: alias_prefix?,
            time_zone: time_zone?,
            buffer_minutes,
            role_ranks,
            host: host?,
            authorities,
            rooms,
            posts,
        };
        let bytes = serde_json::to_vec(&definition).map_or(usize::MAX, |json| json.len());
        if bytes > DEFINITION_MAX {
            let problem = format!("the house makes `{bytes}` bytes, more than one record holds: name fewer posts, rooms or authorities");
            self.fault(0, "house", problem);
        }
        let (first_administrator, origin) = (first_administrator?, origin?);
        Some(HouseFile { definition, first_administrator, origin, holidays, opening, consultation_slot })
    }

    fn fault(&mut self, offset: usize, key: &'static str, problem: String) {
        self.faults.push(Fault { line: line_of(self.text, offset), key, problem });
    }

    fn id<T>(&mut self, text: &form::Text, key: &'static str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let id = parse(text.get_ref());
        if id.is_none() {
            self.fault(text.span().start, key, format!("`{}` is no id: use 1 to 40 letters, digits and hyphens", text.get_ref()));
        }
        id
    }

    /// An id that no other of its kind has.
    fn unique<T: Ord + Clone + std::fmt::Display>(&mut self, seen: &mut BTreeSet<T>, id: T, offset: usize, key: &'static str) -> Option<T> {
        if seen.insert(id.clone()) {
            return Some(id);
        }
        self.fault(offset, key, format!("`{id}` stands twice: give one of the two another name"));
        None
    }

    fn name(&mut self, text: &form::Text, key: &'static str) -> Option<String> {
        let name = text.get_ref();
        let fits = (1..=NAME_MAX).contains(&name.chars().count()) && name.trim() == name && !name.contains(char::is_control);
        if !fits {
            self.fault(text.span().start, key, format!("a name has 1 to {NAME_MAX} letters on one line, with no space around it"));
        }
        fits.then(|| name.clone())
    }

    fn alias_prefix(&mut self, text: &form::Text) -> Option<String> {
        let prefix = text.get_ref();
        let fits = (2..=5).contains(&prefix.len()) && prefix.bytes().all(|byte| byte.is_ascii_uppercase());
        if !fits {
            self.fault(text.span().start, "alias_prefix", format!("`{prefix}` cannot begin aliases: use 2 to 5 letters A to Z"));
        }
        fits.then(|| prefix.clone())
    }

    fn time_zone(&mut self, text: &form::Text) -> Option<String> {
        let zone = TimeZone::get(text.get_ref()).ok().filter(|zone| !zone.is_unknown());
        let name = zone.as_ref().and_then(TimeZone::iana_name).map(str::to_owned);
        if name.is_none() {
            let problem = format!("`{}` is no IANA time zone: write one such as `Europe/Stockholm`", text.get_ref());
            self.fault(text.span().start, "time_zone", problem);
        }
        name
    }

    fn buffer_minutes(&mut self, minutes: Option<&Spanned<u32>>) -> u32 {
        let Some(minutes) = minutes else { return BUFFER_MINUTES };
        if *minutes.get_ref() > BUFFER_MINUTES_MAX {
            let problem = format!("`{}` minutes are too many: write at most {BUFFER_MINUTES_MAX}", minutes.get_ref());
            self.fault(minutes.span().start, "buffer_minutes", problem);
        }
        *minutes.get_ref()
    }

    /// The name of the log. It names the log's key too, which allows less.
    fn origin(&mut self, house: &form::Text, own: Option<&form::Text>) -> Option<Origin> {
        // SPEC: `.invalid` can belong to nobody (RFC 2606 §2), so that a trial's log is never taken for a known one's.
        let name = own.map_or_else(|| format!("barnahus.invalid/{}", house.get_ref()), |own| own.get_ref().clone());
        let names_a_key = Verifier::new(KeyKind::Log, &name, [0; 32]).is_ok();
        let origin = name.parse::<Origin>().ok().filter(|_| names_a_key && name.is_ascii() && name.len() <= NAME_MAX);
        if let (None, Some(own)) = (&origin, own) {
            self.fault(own.span().start, "origin", format!("`{name}` cannot name a log: use a name like `barnahus.example/varmland`"));
        }
        origin
    }

    fn opening(&mut self, opening: &Spanned<form::Opening>) -> Option<Opening> {
        let form::Opening { days, from, to } = opening.get_ref();
        let (from, to) = self.times(opening.span().start, "opening", from, to)?;
        if days.is_empty() {
            self.fault(opening.span().start, "opening", "name at least one day".into());
        }
        Some(Opening { days: days.clone(), from, to })
    }

    fn consultation_slot(&mut self, slot: &Spanned<form::ConsultationSlot>) -> Option<ConsultationSlot> {
        let form::ConsultationSlot { day, from, to } = slot.get_ref();
        let (from, to) = self.times(slot.span().start, "consultation_slot", from, to)?;
        Some(ConsultationSlot { day: *day, from, to })
    }

    fn times(&mut self, offset: usize, key: &'static str, from: &str, to: &str) -> Option<(civil::Time, civil::Time)> {
        let parse = |text: &str| civil::Time::strptime("%H:%M", text).ok();
        let times = parse(from).zip(parse(to)).filter(|(from, to)| from < to);
        if times.is_none() {
            self.fault(offset, key, format!("`{from}` to `{to}` is no time of a day: write `from` before `to`, as in `08:00`"));
        }
        times
    }

    fn holidays(&mut self, country: &form::Text) -> Option<String> {
        let code = country.get_ref();
        let fits = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        if !fits {
            self.fault(country.span().start, "holidays", format!("`{code}` is no country: write its two letters, such as `SE`"));
        }
        fits.then(|| code.clone())
    }

    fn rooms(&mut self, forms: &[form::Room]) -> Vec<Room> {
        let mut seen = BTreeSet::new();
        let mut rooms = Vec::with_capacity(forms.len());
        for form in forms {
            let offset = form.id.span().start;
            let id = self.id(&form.id, "id", RoomId::parse).and_then(|id| self.unique(&mut seen, id, offset, "id"));
            let paired_with = self.pair(forms, form);
            if form.kind == RoomKind::Interview && form.suits.is_empty() {
                self.fault(offset, "suits", "say which ages the interview room suits".into());
            }
            if let Some(seats) = form.seats.as_ref().filter(|seats| *seats.get_ref() == 0) {
                self.fault(
                    seats.span().start,
                    "seats",
                    "a room has at least one seat: leave the key out where they are not counted".into(),
                );
            }
            if let Some(entrance) = &form.entrance {
                self.name(entrance, "entrance");
            }
            let (kind, seats) = (form.kind, form.seats.as_ref().map(|seats| *seats.get_ref()));
            rooms.extend(id.map(|id| Room { id, kind, paired_with, seats, suits: form.suits.clone() }));
        }
        rooms
    }

    /// An interview room is heard in one listening room; no other room is paired.
    fn pair(&mut self, rooms: &[form::Room], room: &form::Room) -> Option<RoomId> {
        let interview = room.kind == RoomKind::Interview;
        let Some(pair) = &room.paired_with else {
            if interview {
                self.fault(room.id.span().start, "paired_with", "name the listening room that hears this interview room".into());
            }
            return None;
        };
        let name = pair.get_ref();
        let problem = match rooms.iter().find(|other| other.id.get_ref() == name) {
            _ if !interview => "only an interview room is paired: leave the key out".into(),
            None => format!("there is no room `{name}`: add it, or name another"),
            Some(other) if other.kind != RoomKind::Listening => format!("`{name}` is no listening room: name one that is"),
            Some(_) => return RoomId::parse(name),
        };
        self.fault(pair.span().start, "paired_with", problem);
        None
    }

    /// All authorities, and how posts call them: by the key, or by the board's name.
    fn authorities(&mut self, agencies: &form::Agencies) -> (Vec<Authority>, BTreeMap<String, AuthorityId>) {
        let form::Agencies { prosecution, police, region, forensic, court, social_boards, independent, .. } = agencies;
        let single = [("prosecution", prosecution), ("police", police), ("region", region), ("forensic", forensic), ("court", court)];
        let single = single.into_iter().filter_map(|(key, name)| name.as_ref().map(|name| (key, key, name, false)));
        let boards = social_boards.iter().map(|name| (name.get_ref().as_str(), "social_boards", name, false));
        let groups = independent.iter().map(|name| (name.get_ref().as_str(), "independent", name, true));
        let mut seen = BTreeSet::new();
        let (mut authorities, mut by_name) = (Vec::new(), BTreeMap::new());
        for (called, key, name, independent) in single.chain(boards).chain(groups) {
            let offset = name.span().start;
            let Some(plain) = self.name(name, key) else { continue };
            let Some(id) = AuthorityId::parse(&in_plain_letters(called)) else {
                self.fault(offset, key, format!("`{called}` makes no id: use 1 to 40 letters, digits, hyphens and spaces"));
                continue;
            };
            let Some(id) = self.unique(&mut seen, id, offset, key) else { continue };
            by_name.insert(called.to_owned(), id.clone());
            authorities.push(Authority { id, name: plain, independent });
        }
        (authorities, by_name)
    }

    fn authority(&mut self, by_name: &BTreeMap<String, AuthorityId>, name: &form::Text, key: &'static str) -> Option<AuthorityId> {
        let found = by_name.get(name.get_ref()).cloned();
        if found.is_none() {
            let problem = format!("there is no authority `{}`: write a key of [agencies], or a name from its lists", name.get_ref());
            self.fault(name.span().start, key, problem);
        }
        found
    }

    fn posts(&mut self, forms: &[form::Post], by_name: &BTreeMap<String, AuthorityId>) -> Vec<Post> {
        let mut seen = BTreeSet::new();
        let mut posts = Vec::with_capacity(forms.len());
        for form in forms {
            let offset = form.id.span().start;
            let id = self.id(&form.id, "id", PostId::parse).and_then(|id| self.unique(&mut seen, id, offset, "id"));
            let authority = self.authority(by_name, &form.agency, "agency");
            self.roles(form);
            let languages = self.languages(form.languages.as_ref());
            let (roles, qualified, on_call) = (form.roles.get_ref().clone(), form.qualified.clone(), form.on_call);
            posts.extend(id.zip(authority).map(|(id, authority)| Post { id, authority, roles, qualified, languages, on_call }));
        }
        posts
    }

    fn roles(&mut self, post: &form::Post) {
        let (roles, offset) = (post.roles.get_ref(), post.roles.span().start);
        let distinct: BTreeSet<Role> = roles.iter().copied().collect();
        if roles.is_empty() || distinct.len() < roles.len() {
            self.fault(offset, "roles", "name at least one role, and each once".into());
        }
        // Who watches over the others, or lets them in, does not work on cases.
        if let Some(role) = roles.iter().find(|role| matches!(role, Role::Auditor | Role::Administrator) && roles.len() > 1) {
            self.fault(offset, "roles", format!("`{role}` stands alone: make a post of its own for the other roles"));
        }
        let interviewer = roles.contains(&Role::ChildInterviewer);
        if interviewer == post.qualified.is_empty() {
            let problem =
                if interviewer { "say which ages the interviewer is qualified for" } else { "only an interviewer is qualified for ages" };
            self.fault(post.id.span().start, "qualified", problem.into());
        }
    }

    fn languages(&mut self, languages: Option<&Spanned<Vec<String>>>) -> Vec<String> {
        let Some(languages) = languages else { return Vec::new() };
        let fits = |code: &String| (2..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase());
        if let Some(wrong) = languages.get_ref().iter().find(|code| !fits(code)) {
            let problem = format!("`{wrong}` is no language: write its ISO 639 code, such as `sv`");
            self.fault(languages.span().start, "languages", problem);
        }
        languages.get_ref().clone()
    }

    /// The house's own table stands instead of the default, not beside it.
    fn role_ranks(&mut self, own: Option<BTreeMap<Role, Spanned<u8>>>) -> Vec<(Role, u8)> {
        let Some(own) = own else { return ROLE_RANKS.to_vec() };
        for rank in own.values().filter(|rank| *rank.get_ref() == 0) {
            self.fault(rank.span().start, "role_ranks", "ranks begin with 1: the first to be asked".into());
        }
        own.into_iter().map(|(role, rank)| (role, rank.into_inner())).collect()
    }
}

/// A name in the letters that ids allow: `Årjäng` becomes `Arjang`, a space a hyphen. Other letters stay, and make no id.
fn in_plain_letters(name: &str) -> String {
    let plain = |letter: char| match letter {
        'å' | 'ä' | 'á' | 'à' | 'â' => "a".into(),
        'Å' | 'Ä' | 'Á' | 'À' | 'Â' => "A".into(),
        'ö' | 'ø' | 'ó' | 'ò' | 'ô' => "o".into(),
        'Ö' | 'Ø' | 'Ó' | 'Ò' | 'Ô' => "O".into(),
        'é' | 'è' | 'ê' | 'ë' => "e".into(),
        'É' | 'È' | 'Ê' | 'Ë' => "E".into(),
        'ü' | 'ú' => "u".into(),
        'Ü' | 'Ú' => "U".into(),
        'í' => "i".into(),
        'Í' => "I".into(),
        'ý' => "y".into(),
        'ð' => "d".into(),
        'þ' => "th".into(),
        'æ' => "ae".into(),
        'Æ' => "AE".into(),
        ' ' => "-".into(),
        other => String::from(other),
    };
    name.chars().map(plain).collect()
}
