//! Which rpcs a command calls: from this table come "who may" and what is left in the log, in every command's help.
//!
//! INVARIANT: every rpc of the contract has a command, and every command is here (tests below).

/// Each command by its words, with the rpcs it calls; none for what works offline.
pub(crate) const SERVES: &[(&str, &[&str])] = &[
    ("whoami", &["GetSelf"]),
    ("house show", &["GetHouse"]),
    ("house posts", &["ListPosts"]),
    ("case list", &["ListCases"]),
    ("case show", &["GetCase"]),
    ("case open", &["OpenInvestigation"]),
    ("case deputy", &["NameDeputy"]),
    ("case embargo set", &["SetEmbargo"]),
    ("case embargo lift", &["LiftEmbargo"]),
    ("case representative", &["RecordSpecialRepresentative"]),
    ("case guardians-informed", &["RecordGuardiansInformed"]),
    ("consultation request", &["RequestConsultation"]),
    ("consultation schedule", &["ScheduleConsultation"]),
    ("consultation hold", &["HoldConsultation"]),
    ("consultation after-meeting", &["HoldAfterMeeting"]),
    ("consultation show", &["GetConsultation"]),
    ("consultation list", &["ListConsultations"]),
    ("interview book", &["BookInterview"]),
    ("interview accept", &["AcceptBooking"]),
    ("interview decline", &["DeclineBooking"]),
    ("interview invite", &["InvitePost"]),
    ("interview confirm", &["ConfirmInterview"]),
    ("interview ban", &["OrderDisclosureBan"]),
    ("interview admit", &["AdmitObservers"]),
    ("interview remove", &["RemoveObserver"]),
    ("interview further", &["DecideFurtherInterview"]),
    ("interview document", &["DocumentInterview"]),
    ("interview close-protocol", &["CloseProtocol"]),
    ("interview remark", &["AddRemark"]),
    ("interview show", &["GetInterview"]),
    ("interview list", &["ListInterviews"]),
    ("interview check-in", &["CheckIn"]),
    ("interview check-out", &["CheckOut"]),
    ("interview freeze", &["FreezeRoster"]),
    ("interview child-informed", &["RecordChildInformed"]),
    ("interview start", &["StartInterview"]),
    ("interview break", &["CallBreak"]),
    ("interview acknowledge", &["AcknowledgeDelivery"]),
    ("interview ask-break", &["RequestBreak"]),
    ("interview notes", &["AllowNotes"]),
    ("interview resume", &["ResumeInterview"]),
    ("interview interrupt", &["InterruptInterview"]),
    ("interview closing", &["BeginClosing"]),
    ("interview sign-off", &["SignOff"]),
    ("interview absent", &["RecordAbsence"]),
    ("interview end", &["EndInterview"]),
    ("interview confirm-fates", &["ConfirmFates"]),
    ("interview watch", &["WatchListeningRoom", "AcknowledgeShown"]),
    ("interview protocol", &["GetProtocol"]),
    ("interview listeners", &["GetInterview"]),
    ("interview sheet", &["GetInterview"]),
    ("question ask", &["SubmitQuestion"]),
    ("question list", &["ListQuestions"]),
    ("question show", &["GetQuestion"]),
    ("question withdraw", &["WithdrawQuestion"]),
    ("question approve", &["ApproveQuestion"]),
    ("question reject", &["RejectQuestion"]),
    ("question merge", &["MergeQuestion"]),
    ("question object", &["ObjectToDecision"]),
    ("question revise", &["ReviseQuestion"]),
    ("question reword", &["RewordQuestion"]),
    ("question defer", &["DeferQuestion"]),
    ("question rank", &["RankQuestion"]),
    ("question not-urgent", &["UnmarkUrgency"]),
    ("question acted-on", &["MarkActedOn"]),
    ("question note", &["DeliverNote"]),
    ("question fate", &["NoteFate"]),
    ("listen", &["WatchListeningRoom", "AcknowledgeShown"]),
    ("audit records", &["ListRecords"]),
    ("audit sample", &["DrawSample"]),
    ("audit export", &["ExportRecords"]),
    ("audit verify", &[]),
    ("audit checkpoint", &["GetCheckpoint"]),
    ("audit receipts", &["GetCheckpoint"]),
    ("admin enroll", &["EnrollPerson"]),
    ("admin revoke", &["RevokePerson"]),
    ("admin mandate grant", &["GrantMandate"]),
    ("admin mandate end", &["EndMandate"]),
    ("admin persons", &["ListPersons"]),
    ("completions", &[]),
];

/// What a command calls in passing, to fill in what was left out or said by post.
const IN_PASSING: &[(&str, &str)] = &[
    ("consultation request", "GetHouse"),
    ("interview acknowledge", "GetInterview"),
    ("interview end", "GetInterview"),
    ("interview close-protocol", "GetProtocol"),
    ("interview admit", "ListPosts"),
    ("interview remove", "ListPosts"),
    ("interview absent", "ListPosts"),
    ("listen", "GetSelf"),
    ("listen", "GetCase"),
    ("audit records", "ListPosts"),
    ("admin revoke", "ListPosts"),
    ("admin mandate grant", "ListPosts"),
    ("admin mandate end", "ListPosts"),
];

/// The commands whose calls `listen` makes when a key asks for it, beside those on questions; "who may" stands with each of them.
const BY_KEY: &[&str] = &[
    "interview check-in",
    "interview check-out",
    "interview admit",
    "interview freeze",
    "interview child-informed",
    "interview start",
    "interview break",
    "interview acknowledge",
    "interview ask-break",
    "interview notes",
    "interview resume",
    "interview interrupt",
    "interview closing",
    "interview sign-off",
    "interview confirm-fates",
];

/// Whether a command calls an rpc, be it in passing.
pub(crate) fn calls(command: &str, rpc: &str) -> bool {
    let by_key = |(words, rpcs): &(&str, &[&str])| (words.starts_with("question ") || BY_KEY.contains(words)) && rpcs.contains(&rpc);
    rpcs(command).contains(&rpc) || IN_PASSING.contains(&(command, rpc)) || (command == "listen" && SERVES.iter().any(by_key))
}

/// The rpcs that a command calls, by its words.
pub(crate) fn rpcs(command: &str) -> &'static [&'static str] {
    SERVES.iter().find(|(words, _)| *words == command).map_or(&[], |(_, rpcs)| rpcs)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use barnahus_proto::METHODS;
    use clap::{Command, CommandFactory as _};

    use super::*;
    use crate::args::Cli;

    fn leaves(command: &Command, words: &str, found: &mut BTreeSet<String>) {
        for below in command.get_subcommands() {
            let words = format!("{words} {}", below.get_name()).trim().to_owned();
            if below.has_subcommands() { leaves(below, &words, found) } else { assert!(found.insert(words)) }
        }
    }

    #[test]
    fn every_rpc_of_the_contract_has_a_command() {
        let served: BTreeSet<_> = SERVES.iter().flat_map(|(_, rpcs)| *rpcs).copied().collect();
        assert_eq!(served, METHODS.iter().map(|method| method.name).collect());
    }

    #[test]
    fn every_command_says_what_it_calls() {
        let mut found = BTreeSet::new();
        leaves(&Cli::command(), "", &mut found);
        assert_eq!(found, SERVES.iter().map(|(words, _)| (*words).to_owned()).collect());
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
