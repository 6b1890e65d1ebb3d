//! Help in the person's language, with who may and what is left in the log in every command's own.
//!
//! The English stands where it belongs: what an rpc does and who may in the contract (METHODS), what an argument means at the argument.
//! The Swedish stands in `locales/sv/help.ftl`, one message per command (`interview-book`, its arguments and `who` as attributes), and
//! one per argument that many commands share (`arg-etag`). INVARIANT: both languages have help for every command and argument, and the
//! Swedish file holds nothing else (tests below).

use std::ffi::OsString;

use barnahus_proto::{Method, Recorded, method};
use clap::{
    Arg, ArgAction, ArgMatches, Command,
    builder::{PossibleValue, PossibleValuesParser},
};

use crate::{
    args::serves,
    errors::Failure,
    text::{Lang, Words, lang_of},
};

/// The language to speak: `--lang`, looked for before the command line is read in that language; else the machine's.
pub(crate) fn lang(args: impl IntoIterator<Item = OsString>, locale: Option<&str>) -> Lang {
    let mut args = args.into_iter().map(|arg| arg.to_string_lossy().into_owned());
    while let Some(arg) = args.next() {
        let wanted = if arg == "--lang" { args.next() } else { arg.strip_prefix("--lang=").map(str::to_owned) };
        if let Some(wanted) = wanted {
            return lang_of(Some(&wanted));
        }
    }
    lang_of(locale)
}

/// The command line, with a leading `help` made the flag that it means.
pub(crate) fn as_flag(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<_> = args.into_iter().collect();
    if args.get(1).is_some_and(|word| word == "help") {
        args.remove(1);
        args.push("--help".into());
    }
    args
}

/// The words of the command that was given, such as `interview book`.
pub(crate) fn command_words(matches: &ArgMatches) -> String {
    let mut words = Vec::new();
    let mut next = matches.subcommand();
    while let Some((word, below)) = next {
        words.push(word);
        next = below.subcommand();
    }
    words.join(" ")
}

/// The whole tree with its help in this language.
pub(crate) fn localised(command: Command, words: Words) -> Command {
    localise(command, "", words)
}

/// Prints what makes a shell complete the tree's commands.
pub(crate) fn completions(shell: clap_complete::Shell, tree: Command, words: Words) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut completable(tree, words), "barnahus", &mut script);
    std::io::Write::write_all(&mut std::io::stdout(), &script).map_err(Failure::output)
}

fn localise(command: Command, above: &str, words: Words) -> Command {
    let path = match (above, command.get_name()) {
        ("", "barnahus") => String::new(),
        ("", name) => name.to_owned(),
        (above, name) => format!("{above} {name}"),
    };
    let key = if path.is_empty() { "barnahus".to_owned() } else { path.replace(' ', "-") };
    let rpcs: Vec<_> = serves::rpcs(&path).iter().filter_map(|rpc| method(rpc)).collect();

    let about = words.own(&key).filter(|_| words.lang == Lang::Sv);
    let about = about.or_else(|| command.get_about().map(ToString::to_string)).unwrap_or_else(|| what(&rpcs));
    let more = own(words, &key, "long")
        .or_else(|| command.get_long_about().map(|long| long.to_string().replacen(&about, "", 1).trim().to_owned()));
    let paragraphs = [about.clone(), more.unwrap_or_default(), access(&rpcs, &key, words)];
    let long = paragraphs.into_iter().filter(|paragraph| !paragraph.is_empty()).collect::<Vec<_>>().join("\n\n");

    let usage = words.say("usage-heading-usage");
    let heading = words.say("usage-heading-always");
    let flag =
        |name, short, action, key| Arg::new(name).long(name).short(short).action(action).help(words.say(key)).help_heading(heading.clone());
    let command = command
        .about(about.trim_end_matches('.').to_owned())
        .long_about(long)
        .help_template(format!("{{about-with-newline}}\n{usage} {{usage}}\n\n{{all-args}}{{after-help}}"))
        .subcommand_help_heading(words.say("usage-heading-commands"))
        .disable_help_flag(true)
        .mut_args(|arg| localise_arg(arg, &key, words))
        .arg(flag("help", 'h', ArgAction::Help, "usage-help").display_order(906))
        .mut_subcommands(|below| localise(below, &path, words));
    if !path.is_empty() {
        return command;
    }
    command.disable_version_flag(true).arg(flag("version", 'V', ArgAction::Version, "usage-version").display_order(907))
}

fn localise_arg(arg: Arg, command: &str, words: Words) -> Arg {
    let id = arg.get_id().as_str().replace('_', "-");
    let shared = words.own(&format!("arg-{id}")).filter(|_| words.lang == Lang::Sv);
    let help = own(words, command, &id).or(shared).or_else(|| arg.get_help().map(ToString::to_string)).unwrap_or_default();
    let heading = match (arg.is_global_set(), arg.is_positional()) {
        (true, _) => "usage-heading-always",
        (false, true) => "usage-heading-arguments",
        (false, false) => "usage-heading-options",
    };
    let values = if arg.get_action().takes_values() { arg.get_possible_values() } else { Vec::new() };
    let arg = arg.help_heading(words.say(heading));
    if values.is_empty() {
        return arg.help(help);
    }
    let names: Vec<_> = values.iter().map(PossibleValue::get_name).collect();
    let short = format!("{help} [{}]", names.join(", "));
    let lines: Option<Vec<_>> = values.iter().map(|value| Some(format!("- {}: {}", value.get_name(), word(value, words)?))).collect();
    let long = lines.map_or_else(|| short.clone(), |lines| format!("{help}\n\n{}", lines.join("\n")));
    arg.help(short).long_help(long).hide_possible_values(true)
}

/// What the command does, as the contract says it, without the numbers of DOMAIN's rules.
fn what(rpcs: &[&Method]) -> String {
    rpcs.iter().map(|rpc| without_rules(rpc.what)).collect::<Vec<_>>().join(" ")
}

fn access(rpcs: &[&Method], key: &str, words: Words) -> String {
    let line = |rpc: &&Method| {
        let who = own(words, key, "who").unwrap_or_else(|| without_rules(rpc.who));
        let recorded = words.code(match rpc.recorded {
            Recorded::Act => "RECORDED_ACT",
            Recorded::Read => "RECORDED_READ",
            Recorded::List => "RECORDED_LIST",
            Recorded::Stream => "RECORDED_STREAM",
        });
        words.tell("usage-access", &[("who", &who.trim_end_matches('.')), ("recorded", &recorded), ("rpc", &rpc.name)])
    };
    rpcs.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Without `(B2)`, `(L6, C11)` and the like, which mean something to those who read DOMAIN.md only.
fn without_rules(text: &str) -> String {
    let is_rule = |word: &str| {
        let mut chars = word.trim().chars();
        chars.next().is_some_and(|c| c.is_ascii_uppercase()) && chars.clone().next().is_some() && chars.all(|c| c.is_ascii_digit())
    };
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, inside, after)) =
        rest.split_once(" (").and_then(|(before, tail)| tail.split_once(')').map(|(inside, after)| (before, inside, after)))
    {
        kept.push_str(before);
        if !inside.split(',').all(is_rule) {
            kept.extend([" (", inside, ")"]);
        }
        rest = after;
    }
    kept + rest
}

/// The word for a code, whose key stands in place of its help; none for values that are no codes of the contract.
fn word(value: &PossibleValue, words: Words) -> Option<String> {
    value.get_help().and_then(|key| words.own(&key.to_string()))
}

/// An attribute of a command's Swedish help.
fn own(words: Words, command: &str, attribute: &str) -> Option<String> {
    words.own(&format!("{command}.{attribute}")).filter(|_| words.lang == Lang::Sv)
}

/// The tree with codes explained in words: a tree that completes, but can parse no longer.
fn completable(tree: Command, words: Words) -> Command {
    let explain = |arg: Arg| {
        // A code that something must stand before cannot be completed.
        let after =
            arg.get_value_names().and_then(<[_]>::first).is_some_and(|name| name.split('[').next().is_some_and(|name| name.contains('=')));
        let values = if arg.get_action().takes_values() && !after { arg.get_possible_values() } else { Vec::new() };
        let explained =
            values.iter().map(|value| PossibleValue::new(value.get_name().to_owned()).help(word(value, words).unwrap_or_default()));
        if values.is_empty() { arg } else { arg.value_parser(PossibleValuesParser::new(explained)) }
    };
    tree.mut_args(explain).mut_subcommands(|below| completable(below, words))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use clap::CommandFactory as _;

    use super::*;
    use crate::args::Cli;

    const SV: Words = Words { lang: Lang::Sv };
    const EN: Words = Words { lang: Lang::En };

    fn each(command: &Command, path: &str, visit: &mut impl FnMut(&str, &Command)) {
        visit(path, command);
        for below in command.get_subcommands() {
            each(below, format!("{path} {}", below.get_name()).trim(), visit);
        }
    }

    #[test]
    fn the_language_is_the_one_that_is_asked_for_before_anything_is_read() {
        let args = |args: &[&str]| args.iter().map(OsString::from).collect::<Vec<_>>();
        assert_eq!(lang(args(&["barnahus", "--lang", "sv", "whoami"]), Some("en_GB")), Lang::Sv);
        assert_eq!(lang(args(&["barnahus", "whoami", "--lang=en"]), Some("sv_SE")), Lang::En);
        assert_eq!(lang(args(&["barnahus"]), Some("sv_SE.UTF-8")), Lang::Sv);
    }

    #[test]
    fn help_is_a_word_too() {
        let words = |args: &[&str]| as_flag(args.iter().map(OsString::from));
        assert_eq!(words(&["barnahus", "help", "case", "show"]), ["barnahus", "case", "show", "--help"]);
        assert_eq!(words(&["barnahus", "case"]), ["barnahus", "case"]);
    }

    #[test]
    fn every_command_and_every_argument_has_help_in_swedish_and_nothing_else_has() {
        let mut used = BTreeSet::new();
        each(&Cli::command(), "", &mut |path, command| {
            let key = if path.is_empty() { "barnahus".to_owned() } else { path.replace(' ', "-") };
            assert!(used.insert(key.clone()));
            let mut attributes: Vec<String> = command.get_arguments().map(|arg| arg.get_id().as_str().replace('_', "-")).collect();
            attributes.retain(|id| id != "help" && id != "version");
            for id in attributes {
                let (own, shared) = (format!("{key}.{id}"), format!("arg-{id}"));
                let found = [own, shared].into_iter().find(|key| SV.own(key).is_some());
                used.insert(found.unwrap_or_else(|| panic!("`{key}` has no Swedish help for `{id}`")));
            }
            let wants_long = command.get_long_about().is_some();
            used.extend(wants_long.then(|| format!("{key}.long")));
            used.extend((!serves::rpcs(path).is_empty()).then(|| format!("{key}.who")));
        });
        let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/locales/sv/help.ftl")).unwrap();
        let (mut written, mut message) = (BTreeSet::new(), "");
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (name, _) = line.split_once(" =").unwrap();
            match name.trim().strip_prefix('.') {
                Some(attribute) => assert!(written.insert(format!("{message}.{attribute}")), "{line}"),
                None => {
                    message = name;
                    assert!(written.insert(name.to_owned()), "{line}");
                }
            }
        }
        assert_eq!(written, used);
    }

    #[test]
    fn help_says_who_may_and_what_is_left_in_the_log() {
        let english = help(&["interview", "confirm"], EN);
        assert!(english.contains("Who may: the leader or a deputy named beforehand"), "{english}");
        assert!(english.contains("one record of the act") && !english.contains("(B5)"), "{english}");
        let swedish = help(&["question", "reject"], SV);
        assert!(
            swedish.contains("Vem får: ledaren") && swedish.contains("- LEADING: ledande") && swedish.contains("Användning:"),
            "{swedish}"
        );
    }

    #[test]
    fn numbers_of_rules_are_left_out_and_other_brackets_are_not() {
        assert_eq!(without_rules("Orders the ban (yppandeförbud) for all (L1)."), "Orders the ban (yppandeförbud) for all.");
        assert_eq!(without_rules("Confirms (L3, C11). Then (S4)"), "Confirms. Then");
        assert_eq!(without_rules("open ( bracket"), "open ( bracket");
    }

    #[test]
    fn help_in_both_languages() {
        for (lang, words) in [("en", EN), ("sv", SV)] {
            insta::assert_snapshot!(format!("help_{lang}_barnahus"), help(&[], words));
            for noun in Cli::command().get_subcommands() {
                let mut pages = Vec::new();
                each(noun, noun.get_name(), &mut |path, _| {
                    // What goes for every command stands in the root's help.
                    let page = help(&path.split(' ').collect::<Vec<_>>(), words);
                    let own = page.split(&format!("\n{}:\n", words.say("usage-heading-always"))).next().unwrap_or_default();
                    pages.push(own.trim_end().to_owned());
                });
                insta::assert_snapshot!(format!("help_{lang}_{}", noun.get_name()), pages.join("\n\n"));
            }
        }
    }

    #[test]
    fn who_may_in_both_languages() {
        let mut table = String::new();
        each(&Cli::command(), "", &mut |path, _| {
            for rpc in serves::rpcs(path).iter().filter_map(|rpc| method(rpc)) {
                let who = SV.own(&format!("{}.who", path.replace(' ', "-"))).unwrap_or_default();
                table += &format!("{path} ({})\n  {}\n  {who}\n", rpc.name, without_rules(rpc.who));
            }
        });
        insta::assert_snapshot!(table);
    }

    #[test]
    fn completions_explain_the_codes() {
        let mut script = Vec::new();
        clap_complete::generate(clap_complete::Shell::Zsh, &mut completable(localised(Cli::command(), SV), SV), "barnahus", &mut script);
        let script = String::from_utf8(script).unwrap();
        assert!(script.contains("CONFLICT_OF_INTEREST") && script.contains("jäv"));
    }

    /// The long help of one command, under its words.
    fn help(path: &[&str], words: Words) -> String {
        let mut tree = localised(Cli::command(), words).term_width(100);
        tree.build();
        let mut command = &mut tree;
        for word in path {
            command = command.find_subcommand_mut(word).unwrap();
        }
        let text = command.render_long_help().to_string();
        let text = text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        format!("## barnahus {}\n\n{text}\n", path.join(" ")).replace("barnahus \n", "barnahus\n")
    }
}
