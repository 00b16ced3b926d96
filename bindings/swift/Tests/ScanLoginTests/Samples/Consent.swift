import ScanLogin

extension ScanLoginConfig {
    /// What can be refused before the user is asked.
    mutating func beStrict() {
        allowedSources = [.camera]
        maxCodeLife = 600
        requiresBindingPIN = true  // only where the web page asks for it
    }
}

/// Before the camera opens. The user types it on the sign-in page, and nowhere else.
func showPIN(_ client: any ScanLoginClientProtocol, show: (String) -> Void) async throws {
    show(try await client.bindingPIN().digits)
}

/// What the screen that asks says of the code, beside its question.
func details(_ code: LoginCode) -> [String] {
    code.claims.map { "The page says of \($0.name): “\($0.value)”" } + code.warnings.map { "Be careful: \($0)" }
}
