//! A paper as one html file that needs nothing else: no script, no font, no network. For the screen, a screen reader, and A4.
//!
//! It decides nothing of what is said. INVARIANT: every word passes maud's escaping but the style, into which only the letters, digits and
//! strokes of the interview's name are put; WCAG 2.2 AA (tests below hold what a machine can).

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

use super::{Block, Inline, Look, Paper, Piece, Table};
use crate::{output::clean, text::Lang};

const STYLE: &str = include_str!("html.css");
/// Tables of so many rows stay on one page.
const SHORT: usize = 8;
/// Even if something slipped through, a browser would load and run nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Lays it out.
pub(crate) fn html(paper: &Paper) -> String {
    let lang = match paper.lang {
        Lang::Sv => "sv",
        Lang::En => "en",
    };
    let document = markup! {
        (DOCTYPE)
        html lang=(lang) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (clean(&paper.title)) }
                style { (PreEscaped(format!("{}{STYLE}", foot(&paper.interview)))) }
            }
            body class=[(paper.look == Look::Large).then_some("large")] {
                main {
                    h1 { (clean(&paper.title)) } "\n"
                    (blocks(&paper.blocks))
                }
            }
        }
    };
    document.into_string()
}

/// What stands at the foot of each printed page.
fn foot(interview: &str) -> String {
    let interview: String = interview.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '/')).collect();
    format!("@page {{ @bottom-left {{ content: \"{interview}\" }} @bottom-right {{ content: counter(page) \" / \" counter(pages) }} }}\n")
}

fn blocks(blocks: &[Block]) -> Markup {
    markup! { @for block in blocks { (one(block)) "\n" } }
}

fn one(block: &Block) -> Markup {
    match block {
        Block::Section(title) => markup! { h2 { (clean(title)) } },
        Block::Part(title) => markup! { h3 { (words(title)) } },
        Block::Line(line) => markup! { p { (words(line)) } },
        Block::Facts(facts) if facts.iter().all(|(_, value)| value.is_empty()) => markup! {},
        Block::Facts(facts) => markup! {
            dl {
                @for (label, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
                    div { dt { (clean(label)) } dd { (words(value)) } } "\n"
                }
            }
        },
        Block::Items(items) => markup! { ul { @for item in items { li { (words(item)) } "\n" } } },
        Block::Numbered(items) => markup! { ol { @for item in items { li { (words(item)) } "\n" } } },
        Block::Table(shown) => table(shown),
        Block::Ruled(lines) => markup! { @for _ in 0..*lines { div.ruled {} } },
        Block::Slip(inside) => markup! { section.slip { (blocks(inside)) } },
    }
}

/// The roles are a table's own: on a narrow screen the style makes blocks of rows, and browsers would take them for no table then.
fn table(table: &Table) -> Markup {
    markup! {
        table role="table" class=[(table.rows.len() <= SHORT).then_some("short")] {
            caption { (clean(&table.caption)) }
            thead role="rowgroup" {
                tr role="row" { @for column in &table.columns {
                    th scope="col" role="columnheader" class=[column.whole.then_some("whole")] { (clean(&column.label)) }
                } }
            }
            tbody role="rowgroup" {
                @for row in &table.rows {
                    tr role="row" {
                        @for (at, (column, cell)) in table.columns.iter().zip(row).enumerate() {
                            @let whole = column.whole.then_some("whole");
                            @if at == 0 {
                                th scope="row" role="rowheader" data-label=(clean(&column.label)) class=[whole] { (words(cell)) }
                            } @else {
                                td role="cell" data-label=(clean(&column.label)) class=[whole] { (words(cell)) }
                            }
                        }
                    }
                    "\n"
                }
            }
        }
    }
}

/// Other people's words are in whatever language they wrote, in its own direction.
fn words(inline: &Inline) -> Markup {
    markup! {
        @for piece in &inline.0 {
            @match piece {
                Piece::Said(text) => (clean(text)),
                Piece::Quoted(text) => q { bdi lang="" { (clean(text)) } },
                Piece::Typed(text) => code { (clean(text)) },
                Piece::Tick(label) => { " " span.tick { span.box {} (clean(label)) } " " },
                Piece::Blank(letters) => { " " span.blank style=(format!("width: {letters}ch")) {} },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use html5ever::{parse_document, tendril::TendrilSink as _};
    use jiff::tz::TimeZone;
    use markup5ever_rcdom::{Handle, NodeData, RcDom};

    use super::*;
    use crate::{
        paper::{child, protocol, sample, sheet},
        text::Words,
    };

    fn papers() -> Vec<Paper> {
        let of = |lang| {
            let words = Words { lang };
            let zone = TimeZone::get("Europe/Stockholm").unwrap();
            let interview = sample::interview();
            [protocol(&sample::answer(), words, &zone), child(&interview, words), sheet(&interview, 2, words, &zone)]
        };
        [Lang::Sv, Lang::En].into_iter().flat_map(of).collect()
    }

    /// An element as a browser reads it.
    struct Element {
        name: String,
        attributes: Vec<(String, String)>,
        text: String,
        inside: Vec<String>,
    }

    impl Element {
        fn has(&self, name: &str, value: &str) -> bool {
            self.attributes.iter().any(|attribute| *attribute == (name.to_owned(), value.to_owned()))
        }
    }

    /// Every element in order. What a browser would have to mend is an error.
    fn read(page: &str) -> Vec<Element> {
        let dom = parse_document(RcDom::default(), html5ever::ParseOpts::default()).one(page);
        assert!(dom.errors.borrow().is_empty(), "{:?}", dom.errors.borrow());
        let mut found = Vec::new();
        walk(&dom.document, &[], &mut found);
        found
    }

    fn walk(node: &Handle, above: &[String], found: &mut Vec<Element>) {
        let mut path = above.to_vec();
        if let NodeData::Element { name, attrs, .. } = &node.data {
            let name = name.local.to_string();
            let attributes =
                attrs.borrow().iter().map(|attribute| (attribute.name.local.to_string(), attribute.value.to_string())).collect();
            found.push(Element { name: name.clone(), attributes, text: text_of(node), inside: path.clone() });
            path.push(name);
        }
        node.children.borrow().iter().for_each(|child| walk(child, &path, found));
    }

    fn text_of(node: &Handle) -> String {
        match &node.data {
            NodeData::Text { contents } => contents.borrow().to_string(),
            _ => node.children.borrow().iter().map(text_of).collect(),
        }
    }

    #[test]
    fn what_somebody_wrote_is_text_alone_in_its_own_direction() {
        let mut answer = sample::answer();
        answer.protocol.as_mut().unwrap().interview = "houses/v/cases/A\"}</style><script>x</script>/interviews/1".into();
        let paper = protocol(&answer, Words { lang: Lang::Sv }, &TimeZone::UTC);
        let page = html(&paper);
        let elements = read(&page);
        assert!(elements.iter().all(|element| element.name != "script"));
        let shown = sample::HOSTILE.replace('\u{202e}', "\u{fffd}");
        let quoted: Vec<_> = elements.iter().filter(|element| element.text == shown && element.name == "bdi").collect();
        assert_eq!(quoted.len(), 3, "the wording, the objection and the remark");
        assert!(quoted.iter().all(|element| element.inside.last().is_some_and(|above| above == "q") && element.has("lang", "")));
        assert!(!crate::paper::text(&paper).contains('\u{202e}'));
    }

    #[test]
    fn a_page_needs_nothing_else_and_runs_nothing() {
        for paper in papers() {
            let page = html(&paper);
            for element in read(&page) {
                let plain =
                    ["html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "h3", "p", "ol", "ul", "li", "dl"];
                let table = ["div", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td", "span", "q", "bdi", "code"];
                assert!(plain.iter().chain(&table).any(|name| *name == element.name), "{}", element.name);
                let attributes = ["charset", "http-equiv", "content", "name", "lang", "class", "role", "scope", "data-label", "style"];
                assert!(element.attributes.iter().all(|(name, _)| attributes.contains(&name.as_str())), "{:?}", element.attributes);
            }
            assert!(!page.contains("url(") && !page.contains("@import") && page.contains("default-src 'none'"));
        }
    }

    #[test]
    fn wcag_language_title_headings_and_tables_are_as_a_screen_reader_needs_them() {
        for paper in papers() {
            let elements = read(&html(&paper));
            let named = |name: &str| elements.iter().filter(|element| element.name == name).collect::<Vec<_>>();
            let lang = if paper.lang == Lang::Sv { "sv" } else { "en" };
            assert!(named("html")[0].has("lang", lang) && named("title")[0].text == paper.title && named("main").len() == 1);
            let headings = elements.iter().filter_map(|element| element.name.strip_prefix('h')?.parse::<u32>().ok());
            let headings: Vec<_> = headings.collect();
            assert!(headings[0] == 1 && headings.iter().filter(|level| **level == 1).count() == 1);
            assert!(headings.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{headings:?}");
            assert_eq!(named("table").len(), named("caption").len());
            assert!(named("caption").iter().all(|caption| !caption.text.is_empty()));
            for cell in named("th") {
                let (scope, role) = if cell.inside.contains(&"thead".to_owned()) { ("col", "columnheader") } else { ("row", "rowheader") };
                assert!(cell.has("scope", scope) && cell.has("role", role));
            }
            let rows = named("tr").len() - named("thead").len();
            assert_eq!(named("th").iter().filter(|cell| cell.has("scope", "row")).count(), rows);
        }
    }

    #[test]
    fn wcag_letters_and_marks_stand_out_from_what_is_behind_them() {
        let light = |colour: &str| {
            let wide = if colour.len() == 3 { colour.chars().flat_map(|c| [c, c]).collect() } else { colour.to_owned() };
            let part = |at: usize| f64::from(u8::from_str_radix(&wide[at..at + 2], 16).unwrap()) / 255.0;
            let linear = |value: f64| if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) };
            0.2126 * linear(part(0)) + 0.7152 * linear(part(2)) + 0.0722 * linear(part(4))
        };
        let colours = |of: fn(&str) -> bool| {
            let declared = STYLE.split([';', '{', '}']).filter(move |declaration| of(declaration.trim())).filter_map(|d| d.split_once('#'));
            declared.map(|(_, rest)| rest.trim().to_owned()).collect::<Vec<_>>()
        };
        let behind = colours(|declaration| declaration.starts_with("background"));
        let before = colours(|declaration| declaration.starts_with("color") || declaration.starts_with("border"));
        assert!(behind.len() >= 2 && before.len() >= 4, "{behind:?} {before:?}");
        for (front, back) in before.iter().flat_map(|front| behind.iter().map(move |back| (front, back))) {
            let contrast = (light(back) + 0.05) / (light(front) + 0.05);
            assert!(contrast >= 4.5, "#{front} on #{back}: {contrast:.1}");
        }
    }
}
