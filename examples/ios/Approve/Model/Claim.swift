import ScanLogin

/// What a code claims, a line each, as far as a person reads it before deciding. The library has left nothing in it that changes how
/// the rest of the screen reads. Nil when there is nothing.
///
/// An app whose own web page makes the codes would show the claims that it knows, in its own words.
func claim(_ code: LoginCode) -> String? {
    let lines = code.claims.prefix(4).map { $0.name.isEmpty ? $0.value : "\($0.name): \($0.value)" }
    let text = lines.joined(separator: "\n")
    return text.isEmpty ? nil : text
}
