/// Makes text that others wrote safe to show in one line: without control, bidirectional and
/// invisible characters, with a single space for each run of white space and line breaks.
pub(crate) fn in_one_line(text: &str) -> String {
    let words = text.split_whitespace().map(|word| word.chars().filter(|c| is_visible(*c)));
    words.map(String::from_iter).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Not so are characters that reorder or hide the text next to them (Unicode TR 36, 2.5), that have no
/// look of their own (Default_Ignorable_Code_Point of Unicode 16), or that look different on each
/// phone: private use, and what is no character.
fn is_visible(c: char) -> bool {
    let is_invisible = matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{fdd0}'..='\u{fdef}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}'..='\u{ffff}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..
    );
    !c.is_control() && !is_invisible
}
