//! A house on a small disk that fills up: END works all the same, in the room that the house holds for it (L11).
//!
//! The disk is a tmpfs, which takes root to mount. Where that is not permitted, in CI too, these tests are shown as ignored with that reason.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use barnahus_proto::v1::{
    CheckOutRequest, EndInterviewRequest, EndInterviewResponse, EndReason, ErrorReason, ListQuestionsRequest, SubmitQuestionRequest,
    listening_room_service_client::ListeningRoomServiceClient, question_service_client::QuestionServiceClient,
};
use barnahus_tests::harness::{Answer as _, Refused, request_id};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use tokio::time::timeout;

use crate::{
    callers::{Caller, export, list, lone},
    place::{AUDITORS, Engine, LEADER, LISTENERS, Place},
    process::Server,
    proof::write,
    starts::copy_folder,
};

/// Room for a house, its reserve, and as much again.
const SIZE: &str = "size=64m,mode=0700";
/// Bytes of the reserve.
const RESERVE: u64 = 16 * 1024 * 1024;
/// How many questions a full disk may take before it is met: what SQLite has laid out already.
const QUESTIONS: usize = 200;
/// How long the house may take to see that there is room again.
const SEEN: Duration = Duration::from_secs(60);

/// Why no disk can be mounted here, unless one can.
pub(crate) fn absent() -> Option<&'static str> {
    let tried = || -> Result<()> {
        let folder = tempfile::tempdir()?;
        drop(Disk::over(folder.path())?);
        Ok(())
    };
    tried().err().map(|_| "no small disk can be mounted")
}

/// A small disk over a folder. Dropping it takes it away, whoever still uses it.
struct Disk {
    folder: PathBuf,
}

impl Disk {
    fn over(folder: &Path) -> Result<Self> {
        mount(Some("barnahus-test"), folder, Some("tmpfs"), MsFlags::empty(), Some(SIZE)).context("a small disk cannot be mounted")?;
        Ok(Self { folder: folder.to_owned() })
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }

    /// Takes every block that is left.
    fn fill(&self) -> Result<()> {
        let mut file = File::options().create(true).append(true).open(self.filler())?;
        let chunk = vec![0; 64 * 1024];
        for size in [chunk.len(), 4096, 1] {
            loop {
                match file.write_all(chunk.get(..size).unwrap_or_default()) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => bail!("the disk cannot be filled: {error}"),
                }
            }
        }
        Ok(())
    }

    fn free(&self) -> Result<()> {
        Ok(fs::remove_file(self.filler())?)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Err(error) = umount2(&self.folder, MntFlags::MNT_DETACH) {
            eprintln!("`{}` stays mounted: {error}", self.folder.display());
        }
    }
}

/// A house on a disk of its own, served. In this order they fall: the server, its disk, the folder under it.
struct Service {
    server: Server,
    disk: Disk,
    place: Place,
}

impl Service {
    async fn start(engine: Engine) -> Result<Self> {
        let place = Place::live(engine).await?;
        let aside = place.beside().join("aside");
        fs::rename(place.dir(), &aside)?;
        fs::create_dir(place.dir())?;
        let disk = Disk::over(&place.dir())?;
        copy_folder(&aside, &place.dir())?;
        let server = Server::start(&place.dir()).await?;
        let service = Self { server, disk, place };
        ensure!(service.reserve()? >= RESERVE, "the reserve is not of real blocks");
        Ok(service)
    }

    /// The next server, after this one was killed.
    async fn killed(self) -> Result<Self> {
        let Self { server, disk, place } = self;
        server.kill()?;
        let server = Server::start(&place.dir()).await?;
        Ok(Self { server, disk, place })
    }

    /// Bytes that the reserve takes on the disk.
    fn reserve(&self) -> Result<u64> {
        Ok(fs::metadata(self.place.file("house.reserve"))?.blocks() * 512)
    }

    fn caller(&self, post: &str) -> Result<Caller> {
        lone(&self.place, post, &self.server)
    }

    /// Ends the interview at the first attempt.
    async fn end(&self) -> Result<EndInterviewResponse> {
        let name = self.place.interview.clone();
        let request = EndInterviewRequest { name, request_id: request_id(), reason: EndReason::AsPlanned.into(), ..Default::default() };
        let call = |channel| {
            let request = request.clone();
            async move { ListeningRoomServiceClient::new(channel).end_interview(request).await }
        };
        Ok(self.caller(LEADER)?.once(call).await??)
    }

    /// Reads a room's questions, once.
    async fn read(&self) -> Result<Result<(), Refused>> {
        let call = |channel| {
            let request = ListQuestionsRequest { parent: self.place.interview.clone() };
            async move { QuestionServiceClient::new(channel).list_questions(request).await }
        };
        Ok(self.caller(LEADER)?.once(call).await?.map(drop))
    }

    /// Submits a question, once.
    async fn ask(&self) -> Result<Result<(), Refused>> {
        let text = "vem var där? ".repeat(50);
        let request = SubmitQuestionRequest { parent: self.place.interview.clone(), request_id: request_id(), text, ..Default::default() };
        let call = |channel| {
            let request = request.clone();
            async move { QuestionServiceClient::new(channel).submit_question(request).await }
        };
        Ok(self.caller(LISTENERS[1])?.once(call).await?.map(drop))
    }

    /// Reads work again, and the reserve is there again.
    async fn has_room_again(&self) -> Result<()> {
        self.disk.free()?;
        timeout(SEEN, list(&mut self.caller(LEADER)?, &self.place.interview)).await.context("nobody sees the room")???;
        ensure!(self.reserve()? >= RESERVE, "everything works and the reserve is not there again");
        Ok(())
    }

    /// The end is where its receipt says, in a log that verifies, also after a kill; nothing else ended.
    async fn has_kept(self, ended: &EndInterviewResponse) -> Result<()> {
        let Self { server, disk, place } = self.killed().await?;
        let messages = export(&mut lone(&place, AUDITORS[0], &server)?, &place.name()).await?;
        write(&place.beside().join("export"), &messages, &place)?;
        server.kill()?;
        place.holds_what_its_checkpoint_says().await?;
        let log = place.log().await?;
        let ends: Vec<u64> = log.iter().filter(|record| record.kind == "room.ended").map(|record| record.index).collect();
        ensure!(ends == [ended.index()], "it ended at {ends:?}, and {} was acknowledged", ended.index());
        drop(disk);
        Ok(())
    }
}

/// It is put off, with the reason and when to come back, and without a record.
fn put_off(refused: Result<(), Refused>) -> Result<()> {
    let refused = refused.err().context("a full disk takes what can wait")?;
    ensure!(refused.known() == Some(ErrorReason::DiskFull) && refused.retry.is_some() && refused.record.is_none(), "{refused}");
    Ok(())
}

pub(crate) async fn the_end_that_meets_a_full_disk_is_kept_and_all_works_again_when_there_is_room_l11(engine: Engine) -> Result<()> {
    let service = Service::start(engine).await?;
    service.disk.fill()?;
    let ended = service.end().await.context("END on a full disk")?;
    ensure!(service.reserve()? == 0, "it did not need the reserve: the disk was not full");
    put_off(service.read().await?)?;
    service.has_room_again().await?;
    service.has_kept(&ended).await
}

pub(crate) async fn a_full_disk_refuses_all_that_can_wait_and_the_end_works_after_a_kill_l11(engine: Engine) -> Result<()> {
    let service = Service::start(engine).await?;
    service.disk.fill()?;
    let mut refused = Ok(());
    for _ in 0..QUESTIONS {
        refused = service.ask().await?;
        if refused.is_err() {
            break;
        }
    }
    put_off(refused)?;
    put_off(service.read().await?)?;
    ensure!(service.reserve()? >= RESERVE, "what can wait takes of the reserve");
    // Whatever filled the disk goes on, and finds nothing.
    service.disk.fill()?;
    let check_out = async |post: &str| -> Result<Result<(), Refused>> {
        let request = CheckOutRequest { name: service.place.interview.clone(), request_id: request_id(), ..Default::default() };
        let call = |channel| {
            let request = request.clone();
            async move { ListeningRoomServiceClient::new(channel).check_out(request).await }
        };
        Ok(service.caller(post)?.once(call).await?.map(drop))
    };
    put_off(check_out(AUDITORS[0]).await?).context("one who may not")?;
    ensure!(service.reserve()? >= RESERVE, "whoever is refused takes of the reserve");
    check_out(LISTENERS[1]).await?.context("a check-out on a full disk")?;
    ensure!(service.reserve()? == 0, "it did not need the reserve");

    let service = service.killed().await?;
    put_off(service.read().await?).context("the next server does not know")?;
    let ended = service.end().await.context("END on a disk that was full at the start")?;
    service.has_room_again().await?;
    service.has_kept(&ended).await
}
