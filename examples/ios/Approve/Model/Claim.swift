/// A code's custom data as it can be shown. Anyone can make a code that says anything, so nothing of it may change how the rest of
/// the screen reads: no control or bidirectional characters, no line breaks, and not too much. Nil when nothing is left.
///
/// An app whose own web page makes the codes would parse it and show the fields that it knows, each cleaned like this.
func claim(_ customData: String?) -> String? {
    var text = String.UnicodeScalarView()
    var count = 0
    for character in (customData ?? "").unicodeScalars {
        switch character.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .spaceSeparator:
            if let last = text.last, last != " " { text.append(" ") }
        // Bidirectional and invisible characters are among the format characters. What is private or unassigned looks different on
        // each phone.
        case .format, .surrogate, .privateUse, .unassigned: break
        default:
            if count == mostCharacters { return String(text) + "…" }
            count += 1
            text.append(character)
        }
    }
    if text.last == " " { text.removeLast() }
    return text.isEmpty ? nil : String(text)
}

private let mostCharacters = 200
