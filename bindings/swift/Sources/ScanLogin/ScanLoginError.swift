import Foundation
internal import ScanLoginGenerated

/// What went wrong, grouped by what the app does next. Nothing of it holds the token or the code's secret.
///
/// Errors of the same kind are equal. As an `NSError` its domain is `dev.scanlogin`; each kind has a number there that stays.
public struct ScanLoginError: Error, Sendable {
    /// What the app reacts to.
    public let kind: Kind
    private let logText: String
    private let english: String
    private let simplifiedChinese: String

    /// Makes an error for an app's own tests. It differs from the library's in its texts alone.
    public init(_ kind: Kind, userText: String = "Made by a test.") {
        self.kind = kind
        logText = "made by a test"
        english = userText
        simplifiedChinese = userText
    }

    init(_ details: ErrorDetails) {
        kind = Kind(details.kind)
        logText = details.logText
        english = details.english
        simplifiedChinese = details.simplifiedChinese
    }

    /// A stable name for logs and statistics. It holds no data of the user.
    public var code: String { kind.identity.code }

    /// Whether the same call may succeed when it is made again.
    public var isRetryable: Bool {
        switch kind {
        case .network, .tokenFailed, .userNotVerified, .outcomeUnknown: true
        default: false
        }
    }

    /// A text that an app may show to its user: what happened, and what to do.
    ///
    /// - Parameter language: Nil for the one that the user prefers, Simplified Chinese or English.
    public func userText(_ language: ScanLoginConfig.Language? = nil) -> String {
        switch language ?? .preferred {
        case .english: english
        case .simplifiedChinese: simplifiedChinese
        }
    }

    /// What an error is about.
    public enum Kind: Sendable, Equatable {
        /// The configuration cannot work: `reason` says which setting, and why. Fix the app.
        case config(reason: String)
        /// The image could not be read. Ask for another one.
        case unreadableImage(ImageFlaw)
        /// The image shows no readable QR code. Ask for a sharper or closer one.
        case noCode
        /// What was scanned is not a login code. Tell the user what to scan.
        case notALoginCode(CodeFlaw)
        /// The code belongs to another kind of login: `found` is its scene, made safe to show.
        case wrongScene(found: String)
        /// The code belongs to another user pool: `found`, made safe to show. The user scans one of this product.
        case wrongUserPool(found: String)
        /// The configuration does not allow codes that were read from there. Tell the user how to scan.
        case sourceNotAllowed(found: CodeSource)
        /// The code lives longer than the configuration allows, or does not say for how long. The web site has to make other codes.
        case lifeTooLong
        /// The code was not made with the PIN that this phone has issued: somebody else may have started the login. The user types a
        /// new PIN into the web page and scans again.
        case notBound(BindingFlaw)
        /// The context that the web page's server should have signed is not one that can be believed. The code may be somebody's
        /// forgery: the user opens the web page themselves and scans again.
        case contextNotVerified(ContextFlaw)
        /// The code's time is over. The user refreshes the web page and scans again.
        case expired
        /// More than one login code is in the image, at these corners, four each. Ask the user to show just one.
        case severalLoginCodes(corners: [[CGPoint]])
        /// The user is not signed in, or the server no longer takes the token, not even a fresh one. Sign in again.
        case signedOut
        /// The app's token provider failed, or gave a token that no header can carry. Try again.
        case tokenFailed(reason: String)
        /// The signed-in user does not exist in the code's user pool (server code 2004 or 2036). Another account is needed.
        case userNotInPool(serverCode: Int)
        /// The server said no for a reason that this library has no name for. `serverCode` is its code, or the HTTP status when the
        /// answer held none, `serverText` its own text, made safe to show. Never branch on that.
        case refused(serverCode: Int, serverText: String)
        /// The server does not know the code, or no longer. The user refreshes the web page and scans again.
        case codeGone
        /// Another user has scanned the code. The user refreshes the web page and scans again.
        case takenByAnotherUser
        /// Another user signed in to the app between scanning and deciding. Nothing was sent. The user scans again.
        case userChanged
        /// The app's `ConfirmGuard` did not consent to the confirm; `reason` is for logs. Nothing was sent. The user may agree again,
        /// or decline.
        case userNotVerified(VerificationFailure, reason: String = "")
        /// The login was decided before, and the other way or elsewhere.
        case alreadyDecided(Decision)
        /// The server wants a second factor first (code 1636).
        case mfaRequired
        /// The server was not reached, or gave no usable answer; `reason` is for logs. Try again, on the same login. A decision that
        /// fails so was not done, as far as is known: if it was sent, the server was asked afterwards.
        case network(NetworkFailure, reason: String = "")
        /// The server's key is none of the pinned ones. Never retried.
        case pinMismatch
        /// The decision was sent and may have reached the server; what became of it could not be learned. Call the same method of
        /// the same login again: that asks first, and decides only if it was not done.
        case outcomeUnknown(Decision)
        /// A fault of this library.
        case `internal`
    }
}

extension ScanLoginError.Kind {
    /// The number and the code of each kind. They stay.
    fileprivate var identity: (number: Int, code: String) {
        switch self {
        case .config: (1, "config")
        case .unreadableImage: (2, "unreadable_image")
        case .noCode: (3, "no_code")
        case .notALoginCode: (4, "not_a_login_code")
        case .wrongScene: (5, "wrong_scene")
        case .wrongUserPool: (6, "wrong_user_pool")
        case .expired: (7, "expired")
        case .severalLoginCodes: (8, "several_login_codes")
        case .signedOut: (9, "signed_out")
        case .tokenFailed: (10, "token_failed")
        case .userNotInPool: (11, "user_not_in_pool")
        case .refused: (12, "refused")
        case .codeGone: (13, "code_gone")
        case .takenByAnotherUser: (14, "taken_by_another_user")
        case .userChanged: (15, "user_changed")
        case .alreadyDecided: (16, "already_decided")
        case .mfaRequired: (17, "mfa_required")
        case .network(let failure, _): (18, failure.code)
        case .pinMismatch: (19, "pin_mismatch")
        case .outcomeUnknown: (20, "outcome_unknown")
        case .internal: (21, "internal")
        case .sourceNotAllowed: (22, "source_not_allowed")
        case .lifeTooLong: (23, "life_too_long")
        case .notBound: (24, "not_bound")
        case .userNotVerified(let failure, _): (25, failure.code)
        case .contextNotVerified: (26, "context_not_verified")
        }
    }
}

extension ScanLoginError: Equatable {
    public static func == (one: ScanLoginError, other: ScanLoginError) -> Bool { one.kind == other.kind }
}

extension ScanLoginError: CustomStringConvertible, CustomReflectable {
    /// What happened, for logs. It ends with the code.
    public var description: String { "\(logText) (\(code))" }
    public var customMirror: Mirror { Mirror(self, children: ["kind": kind, "code": code]) }
}

extension ScanLoginError: LocalizedError, CustomNSError {
    /// `userText()`.
    public var errorDescription: String? { userText() }
    public static var errorDomain: String { "dev.scanlogin" }

    public var errorCode: Int { kind.identity.number }

    /// `userText()` for the user, and what happened for logs.
    public var errorUserInfo: [String: Any] {
        // As Apple's NSDebugDescriptionErrorKey, which Foundation on Linux lacks.
        [NSLocalizedDescriptionKey: userText(), "NSDebugDescription": description]
    }
}

extension ScanLoginError.Kind {
    init(_ kind: ErrorKind) {
        self =
            switch kind {
            case .config(let reason): .config(reason: reason)
            case .unreadableImage(let flaw): .unreadableImage(.init(flaw))
            case .noCode: .noCode
            case .notALoginCode(let flaw): .notALoginCode(.init(flaw))
            case .wrongScene(let found): .wrongScene(found: found)
            case .wrongUserPool(let found): .wrongUserPool(found: found)
            case .sourceNotAllowed(let found): .sourceNotAllowed(found: .init(found))
            case .lifeTooLong: .lifeTooLong
            case .notBound(let flaw): .notBound(.init(flaw))
            case .contextNotVerified(let flaw): .contextNotVerified(.init(flaw))
            case .expired: .expired
            case .severalLoginCodes(let corners): .severalLoginCodes(corners: corners.map { $0.map(CGPoint.init) })
            case .signedOut: .signedOut
            case .tokenFailed(let reason): .tokenFailed(reason: reason)
            case .userNotInPool(let code): .userNotInPool(serverCode: Int(code))
            case .refused(let code, let text): .refused(serverCode: Int(code), serverText: text)
            case .codeGone: .codeGone
            case .takenByAnotherUser: .takenByAnotherUser
            case .userChanged: .userChanged
            case .userNotVerified(let failure, let reason): .userNotVerified(.init(failure), reason: reason)
            case .alreadyDecided(let decision): .alreadyDecided(.init(decision))
            case .mfaRequired: .mfaRequired
            case .network(let failure, let reason): .network(.init(failure), reason: reason)
            case .pinMismatch: .pinMismatch
            case .outcomeUnknown(let decision): .outcomeUnknown(.init(decision))
            case .internal: .internal
            }
    }
}
