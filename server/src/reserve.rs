//! The reserve: room on the house's disk, kept for what cannot wait (L11).
//!
//! A file of real blocks beside the log's database. On a full disk all but END, interrupt, break, check-out and revoke is refused; the
//! first of these that meets it has the reserve given up, and goes on in its room, until the reserve can be made anew. Covers the disk of
//! that file alone: PostgreSQL keeps a disk of its own, which its operator watches, and a house on it has no reserve. Decides nothing about
//! acts.
//!
//! INVARIANT: the file is whole while the reserve is held, and empty while it is given up, so that the next start knows.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use nix::sys::statvfs::statvfs;

use crate::clock::random;

/// Bytes of the reserve. Once it is given up SQLite may first take what it owed before: its write-ahead log, 1,000 pages of 4 KiB, goes back
/// into the database and may make that grow as much, in the key store too; that is 8 MiB. A new write-ahead log grows to the same 4 MiB. An
/// END is one record of at most 64 KiB, one more for each authority that watches, and some pages of each table and index, all of which
/// stand twice: well below 1 MiB. The checkpoint outside the database is one block. So the last 4 MiB are for several ENDs at once.
const SIZE: u64 = 16 * 1024 * 1024;
/// A house that starts with less room than this cannot be sure to record its start, nor what cannot wait.
const LEAST: u64 = 1024 * 1024;
/// Between looks for room, while the reserve is not held.
pub const LOOK: Duration = Duration::from_secs(15);
/// Written at once.
const CHUNK: usize = 64 * 1024;

/// The reserve of one house.
#[derive(Debug)]
pub struct Reserve {
    path: PathBuf,
    size: u64,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There was never room for it.
    Absent,
    Held,
    /// The disk is full, and nothing has come yet that cannot wait.
    Full,
    GivenUp,
    /// Its room is full as well.
    UsedUp,
}

impl Reserve {
    /// The reserve beside this database, as the server before left it.
    #[must_use]
    pub fn beside(database: &Path) -> Self {
        Self::of(database, SIZE)
    }

    fn of(database: &Path, size: u64) -> Self {
        let path = database.with_extension("reserve");
        let state = match fs::metadata(&path).map(|kept| kept.len()) {
            Ok(0) => State::GivenUp,
            Ok(kept) if kept == size => State::Held,
            _ => State::Absent,
        };
        Self { path, size, state: Mutex::new(state) }
    }

    /// Makes the reserve when the house starts. Where the disk is full it is given up at once; where there is merely no room for it, the
    /// house is served without.
    pub fn prepare(&self) {
        let given_up = self.room().is_ok_and(|room| room < LEAST) && self.give_up();
        let made = self.renew();
        let (folder, error) = (self.folder(), made.err().map(|error| error.to_string()));
        match self.state() {
            State::GivenUp if !given_up => self.alarm(),
            State::Absent => {
                let mib = self.size.saturating_mul(2) / 1024 / 1024;
                tracing::warn!(
                    folder,
                    error,
                    mib,
                    "there is no reserve, so on a full disk END could not be recorded: make this much room here"
                );
            }
            State::Full | State::GivenUp | State::UsedUp | State::Held => {}
        }
    }

    /// True while only what cannot wait is to be taken.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self.state(), State::Full | State::GivenUp | State::UsedUp)
    }

    /// True if what cannot wait has no room either.
    #[must_use]
    pub fn is_used_up(&self) -> bool {
        self.state() == State::UsedUp
    }

    /// Notes that something that can wait met a full disk. Frees nothing: what fills the disk would fill that as well.
    pub fn meet_full(&self) {
        match self.state() {
            State::Held => drop(self.turn(State::Full)),
            State::Absent => drop(self.turn(State::GivenUp)),
            State::Full | State::GivenUp | State::UsedUp => return,
        }
        self.alarm();
    }

    /// Frees its room. False if that was done before: then nothing more can be freed.
    pub fn give_up(&self) -> bool {
        match self.turn(State::GivenUp) {
            State::GivenUp | State::UsedUp => {
                self.turn(State::UsedUp);
                return false;
            }
            State::Full => {}
            State::Held | State::Absent => self.alarm(),
        }
        // The file system may free the blocks only when told to write down that it did.
        if let Err(error) = File::create(&self.path).and_then(|file| file.sync_all()) {
            tracing::error!(%error, "the reserve could not be given up");
        }
        true
    }

    fn alarm(&self) {
        let (folder, mib) = (self.folder(), self.size.saturating_mul(2) / 1024 / 1024);
        tracing::error!(
            folder,
            mib,
            "ALARM: the disk is full: only END, interrupt, break, check-out and revoke are taken; make this much room here"
        );
    }

    /// Makes it where it is not held, if there is room for it twice: else what filled the disk would fill it again at once.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn renew(&self) -> io::Result<()> {
        let state = self.state();
        let due = if state == State::Full { self.size } else { self.size.saturating_mul(2) };
        if state == State::Held || self.room()? < due {
            return Ok(());
        }
        if state == State::Full {
            self.turn(State::Held);
            tracing::warn!(folder = self.folder(), "there is room on the disk again: everything is taken");
            return Ok(());
        }
        let part = self.path.with_extension("reserve-part");
        let made = self.write(&part).and_then(|()| fs::rename(&part, &self.path));
        if let Err(error) = made {
            let _absent = fs::remove_file(&part);
            return Err(error);
        }
        let folder = self.folder();
        match self.turn(State::Held) {
            State::GivenUp | State::UsedUp => {
                tracing::warn!(folder, "there is room on the disk again: the reserve is made anew, and everything is taken")
            }
            State::Absent | State::Held | State::Full => tracing::info!(folder, "the reserve for what cannot wait is made"),
        }
        Ok(())
    }

    /// Random, so that no file system makes less of it by compressing.
    fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = File::create(path)?;
        let mut left = self.size;
        while left > 0 {
            let chunk = random::<CHUNK>().map_err(io::Error::other)?;
            let next = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
            file.write_all(chunk.get(..next).unwrap_or(&chunk))?;
            left = left.saturating_sub(CHUNK as u64);
        }
        file.sync_all()
    }

    /// Bytes that the disk still has for the house.
    fn room(&self) -> io::Result<u64> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let disk = statvfs(folder)?;
        Ok(disk.blocks_available().saturating_mul(disk.fragment_size()))
    }

    fn state(&self) -> State {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, to: State) -> State {
        std::mem::replace(&mut *self.state.lock().unwrap_or_else(PoisonError::into_inner), to)
    }

    fn folder(&self) -> &str {
        self.path.parent().and_then(Path::to_str).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    const SMALL: u64 = 100_000;

    fn blocks(reserve: &Reserve) -> u64 {
        fs::metadata(&reserve.path).unwrap().blocks() * 512
    }

    #[test]
    fn it_is_made_of_real_blocks_given_up_once_and_made_again_l11() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("house.db");
        let reserve = Reserve::of(&database, SMALL);
        reserve.prepare();
        assert!(blocks(&reserve) >= SMALL && !reserve.is_full());
        assert_eq!(fs::metadata(&reserve.path).unwrap().len(), SMALL);

        assert!(reserve.give_up() && !reserve.give_up());
        assert!(reserve.is_full() && blocks(&reserve) == 0);
        assert!(Reserve::of(&database, SMALL).is_full(), "the next start knows");

        assert!(reserve.is_used_up(), "it was wanted again");
        reserve.renew().unwrap();
        assert!(!reserve.is_full() && blocks(&reserve) >= SMALL);
        assert!(reserve.give_up(), "it can be given up anew");
    }

    #[test]
    fn what_can_wait_and_meets_a_full_disk_frees_nothing_l11() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = Reserve::of(&folder.path().join("house.db"), SMALL);
        reserve.prepare();
        reserve.meet_full();
        assert!(reserve.is_full() && !reserve.is_used_up() && blocks(&reserve) >= SMALL);
        assert!(reserve.give_up() && blocks(&reserve) == 0, "it is there for what cannot wait");
        reserve.renew().unwrap();
        reserve.meet_full();
        reserve.renew().unwrap();
        assert!(!reserve.is_full(), "there is room again");
    }

    #[test]
    fn what_a_start_finds_whole_is_not_written_again_and_what_it_finds_cut_off_is() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("house.db");
        let reserve = Reserve::of(&database, SMALL);
        reserve.prepare();
        let made = fs::read(&reserve.path).unwrap();
        Reserve::of(&database, SMALL).prepare();
        assert_eq!(fs::read(&reserve.path).unwrap(), made);
        fs::write(&reserve.path, "cut off").unwrap();
        Reserve::of(&database, SMALL).prepare();
        assert!(blocks(&reserve) >= SMALL);
    }

    #[test]
    fn without_room_for_it_the_house_is_served_and_what_meets_a_full_disk_is_put_off_all_the_same_l11() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = Reserve::of(&folder.path().join("house.db"), u64::MAX);
        reserve.prepare();
        assert!(!reserve.is_full() && !reserve.path.exists());
        assert!(reserve.give_up());
        reserve.renew().unwrap();
        assert!(reserve.is_full(), "there is still no room");
    }
}
