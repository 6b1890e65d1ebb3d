//! What `barnahus interview` puts on paper, and where it goes.
//!
//! What stands on it is said in `paper`. INVARIANT: a file is its owner's alone to read, and none is replaced unasked; that is found out
//! before the house is asked, since asking for texts is a record.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use barnahus_proto::v1::{GetInterviewRequest, GetProtocolRequest, Interview};

use super::Fill as _;
use crate::{
    args::{
        Output,
        paper::{ListenersArgs, PaperFormat, ProtocolArgs, ProtocolFormat, SheetArgs},
    },
    errors::{Exit, Failure},
    names::{Interview as OfInterview, Name},
    output::{document, note},
    paper::{self, Paper},
    profile,
    rpc::Call as _,
    session::Session,
};

/// `barnahus interview protocol`.
pub(super) async fn protocol(session: &mut Session, args: ProtocolArgs) -> Result<(), Failure> {
    let request = GetProtocolRequest { name: session.full(&args.of.interview) };
    let Some(format) = args.format else { return session.show(request).await };
    let to = Target::of(args.to, args.force)?;
    let answer = session.call(request).await?;
    let paper = paper::protocol(&answer, session.screen.words, &session.screen.zone);
    let text = match format {
        ProtocolFormat::Text => paper::text(&paper),
        ProtocolFormat::Html => paper::html(&paper),
        ProtocolFormat::Json => document(GetProtocolRequest::RPC, &answer)?,
    };
    to.put(session, &text)
}

/// `barnahus interview listeners`.
pub(super) async fn listeners(session: &mut Session, args: ListenersArgs) -> Result<(), Failure> {
    if !args.for_child || (args.format.is_none() && args.to.is_none() && session.screen.output != Output::Table) {
        let answer = session.call(GetInterviewRequest { name: session.full(&args.of.interview) }).await?;
        return match (session.screen.output, &answer.interview) {
            (Output::Table, Some(interview)) => session.screen.shown(&interview.observers),
            _ => session.screen.answer(GetInterviewRequest::RPC, &answer),
        };
    }
    let to = Target::of(args.to, args.force)?;
    let paper = paper::child(&interview(session, &args.of.interview).await?, session.screen.words);
    to.put(session, &laid_out(&paper, args.format.unwrap_or(PaperFormat::Text)))
}

/// `barnahus interview sheet`.
pub(super) async fn sheet(session: &mut Session, args: SheetArgs) -> Result<(), Failure> {
    let to = Target::of(args.to, args.force)?;
    let interview = interview(session, &args.of.interview).await?;
    let slips = u32::try_from(args.slips).unwrap_or_default();
    let paper = paper::sheet(&interview, slips, session.screen.words, &session.screen.zone);
    to.put(session, &laid_out(&paper, args.format))
}

async fn interview(session: &mut Session, name: &Name<OfInterview>) -> Result<Interview, Failure> {
    let answer = session.call(GetInterviewRequest { name: session.full(name) }).await?;
    Ok(answer.interview.unwrap_or_default())
}

fn laid_out(paper: &Paper, format: PaperFormat) -> String {
    match format {
        PaperFormat::Text => paper::text(paper),
        PaperFormat::Html => paper::html(paper),
    }
}

/// Where a paper goes.
enum Target {
    StandardOutput,
    New(PathBuf),
    Replaced(PathBuf),
}

impl Target {
    fn of(to: Option<PathBuf>, force: bool) -> Result<Self, Failure> {
        match to {
            None => Ok(Self::StandardOutput),
            Some(path) if force => Ok(Self::Replaced(path)),
            Some(path) if path.symlink_metadata().is_ok() => {
                Err(Failure::new(Exit::Usage, "fail-file-exists").with("path", path.display()))
            }
            Some(path) => Ok(Self::New(path)),
        }
    }

    fn put(&self, session: &Session, text: &str) -> Result<(), Failure> {
        let path = match self {
            Self::StandardOutput => return session.screen.print(text),
            Self::New(path) => {
                profile::private_file(path, text)?;
                path
            }
            Self::Replaced(path) => {
                replace(path, text)?;
                path
            }
        };
        note(&session.screen.words.tell("say-written", &[("path", &path.display())]));
        Ok(())
    }
}

/// Written beside and renamed: the old file stands until the new one is whole, and a link is replaced, not followed.
fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let mut beside = OsString::from(path);
    beside.push(".part");
    let failed = |error: io::Error| Failure::file("fail-write", path, &error);
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => profile::private_file(Path::new(&beside), text)?,
    }
    fs::rename(&beside, path).map_err(failed)
}
