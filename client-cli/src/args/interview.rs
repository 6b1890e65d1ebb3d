//! `barnahus interview`.

use barnahus_proto::v1::{AbsenceReason, EndReason, Fate, InterviewKind, NotAskedReason, Role};
use clap::{Args, Subcommand};

use super::{
    Happened, OfCase, OfInterview, Pages, Unchanged,
    code::{Coded, codes, codes_but, with_codes},
    pair::{Correction, Forgiven, NeedArg, Pair, QuestionArg, WaiverArg},
    paper::{ListenersArgs, ProtocolArgs, SheetArgs},
    range,
};
use crate::{
    names::{Name, Post, Room, Who},
    times::{Due, When},
};

/// `barnahus interview`.
#[derive(Subcommand)]
pub(crate) enum InterviewCommand {
    Book(BookArgs),
    Accept {
        #[command(flatten)]
        of: OfInterview,
        #[command(flatten)]
        unchanged: Unchanged,
    },
    Decline {
        #[command(flatten)]
        of: OfInterview,
        /// Why
        #[arg(long, value_name = "CODE", value_parser = codes::<AbsenceReason>())]
        reason: AbsenceReason,
        #[command(flatten)]
        unchanged: Unchanged,
    },
    Invite {
        #[command(flatten)]
        of: OfInterview,
        /// Whom to ask
        #[arg(value_name = "POST")]
        post: Name<Post>,
        /// In whose place: one that declined, has not answered, or is held by nobody any more; the same post to ask it again
        #[arg(long, value_name = "POST")]
        instead_of: Name<Post>,
        #[command(flatten)]
        unchanged: Unchanged,
    },
    Confirm {
        #[command(flatten)]
        of: OfInterview,
        /// A required post to do without, and why. Without the reason, it is read from standard input, one line for each: arguments stand in process lists and in the shell's history
        #[arg(long, value_name = "POST[=TEXT]")]
        waive: Vec<WaiverArg>,
        /// Where the defence has a seat: that the material was disclosed to them (RB 23:18 c), or why not. At a concluding interview without them: why. With `-`, it is read from standard input: arguments stand in process lists and in the shell's history
        #[arg(long, value_name = "TEXT")]
        defence_note: Option<String>,
        #[command(flatten)]
        unchanged: Unchanged,
    },
    Ban {
        #[command(flatten)]
        of: OfInterview,
        /// When it ends: a day, which means its last minute, RFC 3339, or the house's clock as "2026-11-23 09:45", or 13:00 for today
        #[arg(long, value_name = "TIME")]
        until: Due,
        /// What may not be disclosed. Without it, or with `-`, it is read from standard input: arguments stand in process lists and in the shell's history
        #[arg(long, value_name = "TEXT")]
        scope: Option<String>,
        #[command(flatten)]
        unchanged: Unchanged,
    },
    Admit {
        #[command(flatten)]
        of: OfInterview,
        /// The listeners, by pseudonym, or by a post that they alone hold: the post is looked up, which is a record of its own
        #[arg(value_name = "PERSON", required = true)]
        persons: Vec<Who>,
        #[command(flatten)]
        unchanged: Unchanged,
    },
    Remove {
        #[command(flatten)]
        of: OfInterview,
        /// The listener, by pseudonym, or by a post that they alone hold: the post is looked up, which is a record of its own
        #[arg(value_name = "PERSON")]
        person: Who,
        #[command(flatten)]
        unchanged: Unchanged,
    },
    Further {
        #[command(flatten)]
        of: OfInterview,
        /// Which kind follows
        #[arg(long, value_name = "CODE", value_parser = codes_but::<InterviewKind>(&["FIRST"]))]
        kind: InterviewKind,
        /// Why the child is to be heard again. Without it, or with `-`, it is read from standard input: arguments stand in process lists and in the shell's history
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        unchanged: Unchanged,
    },
    Document(RoomAct),
    CloseProtocol {
        #[command(flatten)]
        of: OfInterview,
    },
    Remark {
        #[command(flatten)]
        of: OfInterview,
        /// What is to be said. Without it, or with `-`, it is read from standard input: arguments stand in process lists and in the shell's history
        #[arg(long, value_name = "TEXT")]
        text: Option<String>,
    },
    Show {
        #[command(flatten)]
        of: OfInterview,
    },
    List {
        /// Only this case's
        case: Option<Name<crate::names::Case>>,
        #[command(flatten)]
        pages: Pages,
    },
    CheckIn {
        #[command(flatten)]
        act: TimedAct,
        /// You have read the disclosure ban and will keep it; needed where one is ordered
        #[arg(long)]
        acknowledge_ban: bool,
    },
    CheckOut(TimedAct),
    Freeze(TimedAct),
    ChildInformed(TimedAct),
    Start {
        #[command(flatten)]
        act: TimedAct,
        /// The recording's reference; the recorder runs elsewhere
        #[arg(long, value_name = "REFERENCE", default_value = "", hide_default_value = true)]
        recording: String,
        /// Why it starts although something formal is missing. With `-`, it is read from standard input: arguments stand in process lists and in the shell's history
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    Break(TimedAct),
    Acknowledge {
        #[command(flatten)]
        of: OfInterview,
        /// The break, from 1, or 0 for a note; without it, the newest batch that is not acknowledged, which is looked up first
        #[arg(long = "break", value_name = "N")]
        break_number: Option<u32>,
        /// The batch within the break, from 1; without it, the newest that is not acknowledged
        #[arg(long = "batch", value_name = "N", requires = "break_number")]
        batch_number: Option<u32>,
        #[command(flatten)]
        happened: Happened,
        #[command(flatten)]
        unchanged: Unchanged,
    },
    AskBreak(RoomAct),
    Notes {
        #[command(flatten)]
        act: RoomAct,
        /// End it: notes are allowed no more
        #[arg(long)]
        off: bool,
    },
    Resume(TimedAct),
    Interrupt {
        #[command(flatten)]
        of: OfInterview,
        /// Why: CHILD_DISTRESSED, TECHNICAL or SAFETY
        #[arg(long, value_name = "CODE", value_parser = codes_but::<EndReason>(&["AS_PLANNED", "CHILD_TIRED"]))]
        reason: EndReason,
        #[command(flatten)]
        happened: Happened,
    },
    Closing(TimedAct),
    SignOff(TimedAct),
    Absent {
        #[command(flatten)]
        of: OfInterview,
        /// Who, by pseudonym, or by a post that they alone hold: the post is looked up, which is a record of its own
        #[arg(value_name = "PERSON")]
        person: Who,
        /// Why
        #[arg(long, value_name = "CODE", value_parser = codes::<AbsenceReason>())]
        reason: AbsenceReason,
        #[command(flatten)]
        unchanged: Unchanged,
    },
    End {
        #[command(flatten)]
        of: OfInterview,
        /// Why it ended
        #[arg(long, value_name = "CODE", value_parser = codes::<EndReason>())]
        reason: EndReason,
        /// A question that was not asked, by its number, and why; all others get INTERVIEW_ENDED
        #[arg(long, value_name = "QUESTION=CODE", value_parser = with_codes::<Forgiven<Pair<QuestionArg, Coded<NotAskedReason>>>, NotAskedReason>())]
        unasked: Vec<Forgiven<Pair<QuestionArg, Coded<NotAskedReason>>>>,
        #[command(flatten)]
        happened: Happened,
    },
    ConfirmFates {
        #[command(flatten)]
        of: OfInterview,
        /// A fate that was noted wrongly, by the question's number: 3=ANSWERED@48:30, or 4=NOT_ASKED:CHILD_TIRED
        #[arg(long, value_name = "QUESTION=FATE[@OFFSET][:CODE]", value_parser = with_codes::<Correction, Fate>())]
        correct: Vec<Correction>,
        #[command(flatten)]
        unchanged: Unchanged,
    },
    Watch {
        #[command(flatten)]
        of: OfInterview,
        /// Go on after the message that gave this mark
        #[arg(long, value_name = "TOKEN", default_value = "", hide_default_value = true)]
        resume_token: String,
    },
    Protocol(ProtocolArgs),
    /// Shows who is listening: the roster, or with --for-child a page in plain words for the child
    Listeners(ListenersArgs),
    /// A sheet to print for when machines fail: roster, log of breaks, end, slips for questions; never a name
    Sheet(SheetArgs),
}

// `barnahus interview book`.
#[derive(Args)]
pub(crate) struct BookArgs {
    #[command(flatten)]
    pub(crate) of: OfCase,
    /// What kind of interview; without it: FIRST
    #[arg(long, value_name = "CODE", value_parser = codes::<InterviewKind>(), default_value = "FIRST", hide_default_value = true)]
    pub(crate) kind: InterviewKind,
    /// Who must be there, by role, or by role and post: CHILD_INTERVIEWER=interviewer-1
    #[arg(long, value_name = "ROLE[=POST]", value_parser = with_codes::<NeedArg, Role>(), required = true, value_delimiter = ',')]
    pub(crate) need: Vec<NeedArg>,
    /// Who should be there, but can be done without
    #[arg(long, value_name = "ROLE[=POST]", value_parser = with_codes::<NeedArg, Role>(), value_delimiter = ',')]
    pub(crate) wish: Vec<NeedArg>,
    /// One interview room and the listening room that belongs to it; without them, the first pair that is free and suits the child
    #[arg(long, value_name = "ROOM", value_delimiter = ',')]
    pub(crate) room: Vec<Name<Room>>,
    /// When it starts: RFC 3339, or the house's clock as "2026-11-23 09:45", or 13:00 for today
    #[arg(long, value_name = "TIME")]
    pub(crate) starts: When,
    /// How long the rooms are needed, 15 to 480
    #[arg(long, value_name = "MINUTES", value_parser = range::<15, 480>)]
    pub(crate) minutes: i64,
}

// An act on an interview.
#[derive(Args, Clone, Debug)]
pub(crate) struct RoomAct {
    #[command(flatten)]
    pub(crate) of: OfInterview,
    #[command(flatten)]
    pub(crate) unchanged: Unchanged,
}

// An act on an interview that may have happened a while ago.
#[derive(Args, Clone, Debug)]
pub(crate) struct TimedAct {
    #[command(flatten)]
    pub(crate) of: OfInterview,
    #[command(flatten)]
    pub(crate) happened: Happened,
    #[command(flatten)]
    pub(crate) unchanged: Unchanged,
}
