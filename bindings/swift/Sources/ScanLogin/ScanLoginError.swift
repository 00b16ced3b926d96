import Foundation
internal import ScanLoginGenerated

/// What went wrong, grouped by what the app does next. Nothing of it holds the token or the code's secret.
///
/// Errors of the same kind are equal. As an `NSError` its domain is `dev.scanlogin`; each kind has a number there that stays.
public struct ScanLoginError: Error, Sendable {
    /// What the app reacts to.
    public let kind: Kind
    /// A stable name for logs and statistics. It holds no data of the user.
    public let code: String
    /// Whether the same call may succeed when it is made again.
    public let isRetryable: Bool
    private let logText: String
    private let english: String
    private let simplifiedChinese: String

    /// Makes an error for an app's own tests. What the library would say of it, it cannot: it says what it is given here.
    public init(_ kind: Kind, code: String = "test", isRetryable: Bool = false, userText: String = "Made by a test.") {
        self.kind = kind
        self.code = code
        self.isRetryable = isRetryable
        logText = "made by a test"
        english = userText
        simplifiedChinese = userText
    }

    init(_ details: ErrorDetails) {
        kind = Kind(details.kind)
        code = details.code
        isRetryable = details.isRetryable
        logText = details.logText
        english = details.english
        simplifiedChinese = details.simplifiedChinese
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
        /// The login was decided before, and the other way or elsewhere.
        case alreadyDecided(Decision)
        /// The server wants a second factor first (code 1636).
        case mfaRequired
        /// The server was not reached, or gave no usable answer; `reason` is for logs. Try again, on the same login. A decision that
        /// fails so was not done when the server was last asked.
        case network(NetworkFailure, reason: String)
        /// The server's key is none of the pinned ones. Never retried.
        case pinMismatch
        /// The decision was sent and may have reached the server; what became of it could not be learned. Call the same method of
        /// the same login again: that asks first, and decides only if it was not done.
        case outcomeUnknown(Decision)
        /// A fault of this library.
        case `internal`
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

    public var errorCode: Int {
        switch kind {
        case .config: 1
        case .unreadableImage: 2
        case .noCode: 3
        case .notALoginCode: 4
        case .wrongScene: 5
        case .wrongUserPool: 6
        case .expired: 7
        case .severalLoginCodes: 8
        case .signedOut: 9
        case .tokenFailed: 10
        case .userNotInPool: 11
        case .refused: 12
        case .codeGone: 13
        case .takenByAnotherUser: 14
        case .userChanged: 15
        case .alreadyDecided: 16
        case .mfaRequired: 17
        case .network: 18
        case .pinMismatch: 19
        case .outcomeUnknown: 20
        case .internal: 21
        case .sourceNotAllowed: 22
        case .lifeTooLong: 23
        case .notBound: 24
        }
    }

    /// `userText()` for the user, and what happened for logs.
    public var errorUserInfo: [String: Any] {
        // As Apple's NSDebugDescriptionErrorKey, which Foundation on Linux lacks.
        [NSLocalizedDescriptionKey: userText(), "NSDebugDescription": description]
    }
}
