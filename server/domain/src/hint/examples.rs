//! Questions as people write them, each with the hints that its author is to get. A third get none.

use super::hints;
use crate::{
    code::Hint::{self, Leading, Multiple, YesNo},
    text::Text,
};

const EXAMPLES: &[(&str, &[Hint])] = &[
    // Open: none.
    ("Vad använde han när han slog?", &[]),
    ("Vad hände sedan?", &[]),
    ("Var var mamma då?", &[]),
    ("Var någonstans i lägenheten?", &[]),
    ("Var satt barnet när det hände?", &[]),
    ("Vem var hemma?", &[]),
    ("Vilka brukar hämta barnet?", &[]),
    ("När på dagen?", &[]),
    ("Hur känns det i kroppen nu?", &[]),
    ("Hur många gånger", &[]),
    ("Varför sov barnet hos farmor?", &[]),
    ("Berätta mer om kvällen.", &[]),
    ("Mer om bältet, tack", &[]),
    ("Syskonens namn och ålder", &[]),
    ("Vad sa pappa och mamma till varandra?", &[]),
    ("Vad hände innan mamma kom och efter att hon gick?", &[]),
    ("Jag vill veta mer om skolan. Hur är det där?", &[]),
    ("What happened next?", &[]),
    ("Where was she when it happened?", &[]),
    ("Who was there?", &[]),
    ("How did the evening begin?", &[]),
    ("Tell more about the belt", &[]),
    ("Which door was it?", &[]),
    ("What did he say, and to whom?", &[]),
    ("Har inte sovit. Vad drömmer barnet?", &[]),
    ("Varför såg du inte vem det var?", &[]),
    ("Surely", &[]),
    ("right", &[]),
    // Leading.
    ("Visst slog pappa dig med bältet?", &[Leading]),
    ("Han slog dig, eller hur?", &[Leading]),
    ("Han slog dig, va?", &[Leading]),
    ("Det var på kvällen. Visst slog han dig?", &[Leading]),
    ("– Är det inte så att han slog?", &[Leading]),
    ("Stämmer det att mamma såg det?", &[Leading]),
    ("Håller du med om att han var full?", &[Leading]),
    ("Slog inte pappa dig?", &[Leading]),
    ("Var det inte han som gjorde det?", &[Leading]),
    ("Såg du inte blodet?", &[Leading]),
    ("Det var väl pappa som slog?", &[Leading]),
    ("He hit you, didn't he?", &[Leading]),
    ("He hit you, didn’t he?", &[Leading]),
    ("He hit you, right?", &[Leading]),
    ("Didn't he hit you?", &[Leading]),
    ("Isn't it true that he hit you?", &[Leading]),
    ("Is it true that he hit you?", &[Leading]),
    ("Do you agree that he was drunk?", &[Leading]),
    // Several at once.
    ("Var var du? Vem var med?", &[Multiple]),
    ("Var var du och vem var med?", &[Multiple]),
    ("Vad hände och när hände det?", &[Multiple]),
    ("Hur länge pågick det samt vem såg det?", &[Multiple]),
    ("Where was he and who saw it?", &[Multiple]),
    ("What did he do? How often?", &[Multiple]),
    ("Slog han dig och vem såg det?", &[Multiple, YesNo]),
    ("Visst slog han dig? Med vad?", &[Leading, Multiple]),
    // Yes or no.
    ("Finns det syskon som är ensamma med honom i kväll?", &[YesNo]),
    ("Har barnet fortfarande ont någonstans?", &[YesNo]),
    ("Var barnet ensamt hemma när det hände?", &[YesNo]),
    ("Var du rädd?", &[YesNo]),
    ("Går barnet i skolan i Karlstad?", &[YesNo]),
    ("Mår barnet väl?", &[YesNo]),
    ("Visste mamma om det?", &[YesNo]),
    ("Slog pappa dig?", &[YesNo]),
    ("Kan barnet sova på natten", &[YesNo]),
    ("Är syskonen trygga?", &[YesNo]),
    ("Did it hurt?", &[YesNo]),
    ("Was it the left arm or the right?", &[YesNo]),
    ("Has she told anybody else?", &[YesNo]),
    ("Could he hear you?", &[YesNo]),
    ("Jag är orolig för i kväll. Är syskonen ensamma hos honom?", &[YesNo]),
];

#[test]
fn each_form_gets_its_hint_and_an_open_question_gets_none_l9() {
    let wrong: Vec<_> = EXAMPLES
        .iter()
        .filter_map(|(written, wanted)| {
            let given = hints(&Text::new(written, 1000).expect("a text"));
            (given != *wanted).then(|| format!("{written}: {given:?}, not {wanted:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let none = EXAMPLES.iter().filter(|(_, wanted)| wanted.is_empty()).count();
    assert!(EXAMPLES.len() >= 60 && none * 3 >= EXAMPLES.len(), "{none} of {}", EXAMPLES.len());
}
