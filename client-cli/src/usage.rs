//! Usage errors and help, said in the person's language. clap speaks English only; for Swedish its facts are told in our words.

use std::{error::Error as _, process::ExitCode};

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use crate::{
    errors::Exit,
    malformed::Malformed,
    output::note,
    text::{Lang, Words},
};

/// Prints help to standard output, an error to standard error, and says how to end.
pub(crate) fn report(error: &Error, words: Words) -> ExitCode {
    let wanted = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let as_it_is = wanted || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if as_it_is || words.lang == Lang::En {
        // A reader that went away is nobody to tell.
        let _ = error.print();
    } else {
        note(&words.tell("say-error", &[("error", &tell(error, words))]));
    }
    if wanted { ExitCode::SUCCESS } else { Exit::Usage.into() }
}

fn tell(error: &Error, words: Words) -> String {
    let fact = |kind| error.get(kind).map(shown).unwrap_or_default();
    let (arg, value) = (fact(ContextKind::InvalidArg), fact(ContextKind::InvalidValue));
    let malformed = error.source().and_then(|source| source.downcast_ref::<Malformed>()).map(|malformed| malformed.tell(words));
    let told = match error.kind() {
        ErrorKind::MissingRequiredArgument => words.tell("usage-missing", &[("arg", &arg)]),
        ErrorKind::InvalidSubcommand => words.tell("usage-no-such-command", &[("command", &fact(ContextKind::InvalidSubcommand))]),
        ErrorKind::UnknownArgument => words.tell("usage-no-such-argument", &[("arg", &arg)]),
        ErrorKind::ArgumentConflict => words.tell("usage-conflict", &[("arg", &arg), ("other", &fact(ContextKind::PriorArg))]),
        ErrorKind::InvalidValue if value.is_empty() => words.tell("usage-value-missing", &[("arg", &arg)]),
        ErrorKind::InvalidValue => {
            words.tell("usage-value", &[("arg", &arg), ("value", &value), ("known", &fact(ContextKind::ValidValue))])
        }
        _ => match malformed {
            Some(malformed) => words.tell("usage-malformed", &[("arg", &arg), ("error", &malformed)]),
            None if !value.is_empty() => {
                words.tell("usage-value", &[("arg", &arg), ("value", &value), ("known", &fact(ContextKind::ValidValue))])
            }
            None => error.to_string().lines().next().unwrap_or_default().to_owned(),
        },
    };
    let similar = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue]
        .into_iter()
        .map(fact)
        .find(|found| !found.is_empty());
    let similar = similar.map(|similar| words.tell("usage-similar", &[("similar", &similar)]));
    [Some(told), similar, Some(words.say("usage-more"))].into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn shown(value: &ContextValue) -> String {
    match value {
        ContextValue::Strings(strings) => strings.join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::{args::Cli, help::localised};

    fn said(args: &[&str]) -> String {
        let words = Words { lang: Lang::Sv };
        let error = localised(Cli::command(), words).try_get_matches_from(args).unwrap_err();
        assert_ne!(error.exit_code(), 0);
        tell(&error, words)
    }

    #[test]
    fn usage_errors_are_told_in_swedish() {
        for (args, told) in [
            (&["barnahus", "case", "shwo"][..], "`shwo`"),
            (&["barnahus", "case", "show"][..], "<CASE>"),
            (&["barnahus", "case", "show", "A/1"][..], "VRM-2026-0142"),
            (&["barnahus", "interview", "decline", "A/1", "--reason", "LAZY"][..], "NO_CAPACITY, ILLNESS"),
            (&["barnahus", "interview", "decline", "A/1", "--raeson", "ILLNESS"][..], "--reason"),
            (&["barnahus", "interview", "ban", "A/1", "--until", "sometime"][..], "2026-11-23 09:45"),
        ] {
            let text = said(args);
            assert!(text.contains(told) && text.contains("--help") && !text.contains("error"), "{text}");
        }
    }
}
