import Foundation
import ScanLogin
import Testing

/// A public name, as the compiler describes it.
private struct Symbol: Decodable {
    struct Fragment: Decodable { let spelling: String }
    struct Identifier: Decodable { let precise: String }
    struct Documentation: Decodable {}

    let pathComponents: [String]
    let declarationFragments: [Fragment]
    let identifier: Identifier
    let docComment: Documentation?

    var declaration: String { declarationFragments.map(\.spelling).joined().split(separator: "\n").joined(separator: " ") }
}

private func symbols() throws -> [Symbol] {
    struct Graph: Decodable { let symbols: [Symbol] }
    let folder = URL(fileURLWithPath: environment("SYMBOLS"))
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    return try files.flatMap { try JSONDecoder().decode(Graph.self, from: Data(contentsOf: $0)).symbols }
}

/// What all languages have in common, as Rust lists it.
private func contract(_ list: String) throws -> [[String]] {
    try String(contentsOfFile: environment("CONTRACT"), encoding: .utf8).split(separator: "\n")
        .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }.filter { $0[0] == list }
}

/// Names that differ only in how a language writes them become the same.
private func plain(_ name: String) -> String {
    name.prefix { $0 != "(" }.filter { $0 != "_" && $0 != "`" }.lowercased()
}

@Suite struct ContractTests {
    @Test func thePublicNamesAreTheReviewedOnes() throws {
        let lines = try symbols().map { "\($0.pathComponents.joined(separator: ".")): \($0.declaration)" }
        let names = Set(lines).sorted().joined(separator: "\n") + "\n"
        try names.write(toFile: environment("API_NOW"), atomically: true, encoding: .utf8)
        let reviewed = try String(contentsOfFile: environment("API"), encoding: .utf8)
        #expect(names == reviewed, "review the names in \(environment("API_NOW")), and copy them to bindings/swift/api.txt")
        #expect(!names.contains("Generated") && !names.contains("FFI") && !names.contains("uniffi"))
    }

    @Test func everyPublicNameIsDocumented() throws {
        let undocumented = try symbols().filter { $0.docComment == nil }.map { $0.pathComponents.joined(separator: ".") }
        #expect(undocumented == [])
    }

    /// In each list, the names that come after this.
    private func names(in path: String...) throws -> Set<String> {
        Set(try symbols().filter { $0.pathComponents.dropLast() == path[...] && !$0.pathComponents.last!.hasPrefix("init(") }
            .map { plain($0.pathComponents.last!) })
    }

    @Test func theCasesAreThoseOfRust() throws {
        let lists = [
            "LoginState": try names(in: "LoginState").subtracting(["isfinal"]), "error": try names(in: "ScanLoginError", "Kind"),
            "CodeFlaw": try names(in: "ScanLoginError", "CodeFlaw"), "ImageFlaw": try names(in: "ScanLoginError", "ImageFlaw"),
            "NetworkFailure": try names(in: "ScanLoginError", "NetworkFailure"),
            "ContextFlaw": try names(in: "ScanLoginError", "ContextFlaw"), "VerificationFailure": try names(in: "ScanLoginError", "VerificationFailure"), "Decision": try names(in: "ScanLoginError", "Decision"),
            "Language": try names(in: "ScanLoginConfig", "Language"), "ApiVersion": try names(in: "ScanLoginConfig", "APIVersion"),
            "AuthorizationForm": try names(in: "ScanLoginConfig", "AuthorizationForm"), "CodeSource": try names(in: "CodeSource"),
            "CodeWarning": try names(in: "CodeWarning"), "BindingFlaw": try names(in: "ScanLoginError", "BindingFlaw"),
        ]
        for (list, cases) in lists {
            let theirs = Set(try contract(list).map { plain($0[1]) })
            #expect(!theirs.isEmpty)
            #expect(cases == theirs, "\(list)")
        }
    }

    @Test func theSettingsAreThoseOfRustAndThePageHasTheirDefaults() throws {
        let page = try String(contentsOfFile: environment("PAGE"), encoding: .utf8).split(separator: "\n")
        let config = try names(in: "ScanLoginConfig").subtracting(["apiversion", "authorizationform", "language", "pins", "imagelimits"])
        let limits = try names(in: "ScanLoginConfig", "ImageLimits")
        let settings = try contract("config").map { (plain($0[1].replacingOccurrences(of: "allow_", with: "allows_").replacingOccurrences(of: "require_", with: "requires_")), $0[2]) }
        for (setting, value) in settings {
            let name = setting.split(separator: ".").last!
            #expect(setting.contains(".") ? limits.contains(String(name)) : true, "\(setting)")
            let row = page.first { $0.lowercased().hasPrefix("| `\(name)` |") }
            #expect(row?.hasSuffix("| \(value) |") == true, "\(setting): \(value)")
        }
        let ours = Set(settings.map(\.0).filter { !$0.contains(".") })
        #expect(config.subtracting(ours) == ["timeoutinterval"])
        #expect(limits.count == settings.filter { $0.0.contains(".") }.count)
    }

    @Test func thePageHasEveryErrorWithItsCode() throws {
        let page = try String(contentsOfFile: environment("PAGE"), encoding: .utf8).lowercased()
        for error in try contract("error") {
            let code = error[2].replacingOccurrences(of: "network_offline", with: "network_…")
                .replacingOccurrences(of: "user_not_verified_failed", with: "user_not_verified_…")
            #expect(page.contains("| `.\(plain(error[1]))` | `\(code)` |"), "\(error[1])")
        }
    }

    /// They stay: what is added gets the next.
    @Test func theNumbersOfTheErrorsStay() throws {
        let all: [(ScanLoginError.Kind, String, Int)] = [
            (.config(reason: ""), "Config", 1), (.unreadableImage(.empty), "UnreadableImage", 2), (.noCode, "NoCode", 3),
            (.notALoginCode(.notJSON), "NotALoginCode", 4), (.wrongScene(found: ""), "WrongScene", 5),
            (.wrongUserPool(found: ""), "WrongUserPool", 6), (.expired, "Expired", 7),
            (.severalLoginCodes(corners: []), "SeveralLoginCodes", 8), (.signedOut, "SignedOut", 9),
            (.tokenFailed(reason: ""), "TokenFailed", 10), (.userNotInPool(serverCode: 0), "UserNotInPool", 11),
            (.refused(serverCode: 0, serverText: ""), "Refused", 12), (.codeGone, "CodeGone", 13),
            (.takenByAnotherUser, "TakenByAnotherUser", 14), (.userChanged, "UserChanged", 15),
            (.alreadyDecided(.confirm), "AlreadyDecided", 16), (.mfaRequired, "MfaRequired", 17),
            (.network(.offline, reason: ""), "Network", 18), (.pinMismatch, "PinMismatch", 19),
            (.outcomeUnknown(.confirm), "OutcomeUnknown", 20), (.internal, "Internal", 21),
            (.sourceNotAllowed(found: .link), "SourceNotAllowed", 22), (.lifeTooLong, "LifeTooLong", 23),
            (.notBound(.wrongPIN), "NotBound", 24),
            (.userNotVerified(.failed, reason: ""), "UserNotVerified", 25), (.contextNotVerified(.missing), "ContextNotVerified", 26),
        ]
        for (kind, _, number) in all { #expect((ScanLoginError(kind) as NSError).code == number) }
        let theirs = try contract("error")
        #expect(Set(all.map(\.1)) == Set(theirs.map { $0[1] }))
        // What an app makes is retried, and counted, as what the library makes.
        for (kind, name, _) in all {
            let error = ScanLoginError(kind)
            #expect(theirs.first { $0[1] == name }?[2...3] == [error.code, "\(error.isRetryable)"])
        }
        let failures: [ScanLoginError.NetworkFailure] = [.offline, .timedOut, .tls, .interrupted, .serverBusy, .badAnswer]
        let codes = try contract("NetworkFailure").map { $0[2] }
        #expect(failures.map { ScanLoginError(.network($0)).code } == codes)
        let verification: [ScanLoginError.VerificationFailure] = [.declined, .failed, .timedOut, .tooOld, .otherRequest]
        let verificationCodes = try contract("VerificationFailure").map { $0[2] }
        #expect(verification.map { ScanLoginError(.userNotVerified($0, reason: "")).code } == verificationCodes)
    }

    @Test func theStatesThatAreFinalAreThoseOfRust() throws {
        let all: [LoginState] = [
            .scanned, .verifying, .confirming, .cancelling, .confirmed, .cancelled, .outcomeUnknown, .expired, .codeGone, .takenByAnotherUser,
        ]
        let theirs = try contract("LoginState").map { [plain($0[1]), $0[2]] }
        #expect(all.map { [plain("\($0)"), "\($0.isFinal)"] } == theirs)
    }

    @Test func anErrorSaysWhatRustSays() throws {
        let client = try ScanLoginClient(
            ScanLoginConfig(appID: "app", userPoolID: "pool", baseURL: URL(string: "https://example.com")!), tokens: Tokens("t", "u"))
        #expect {
            try client.readText("https://example.com")
        } throws: { error in
            let error = try #require(error as? ScanLoginError)
            let row = try #require(try contract("error").first { $0[1] == "NotALoginCode" })
            #expect(row.dropFirst(2) == [
                error.code, "\(error.isRetryable)", "\(error)".replacingOccurrences(of: " (\(error.code))", with: ""),
                error.userText(.english), error.userText(.simplifiedChinese),
            ])
            return true
        }
    }
}

private func environment(_ name: String) -> String { ProcessInfo.processInfo.environment[name]! }
