import Foundation
internal import ScanLoginGenerated

/// What a login code says, checked. A value: codes that say the same are equal, wherever they were read. It prints without the secret that it holds, and
/// without its custom data.
public struct LoginCode: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let text: String
    /// Where the code was read from.
    public let source: CodeSource
    /// The user pool that the web page signs in to.
    public let userPoolID: String
    /// When the code was made, by the server's clock, if it says so.
    public let createdAt: Date?
    /// When the code expires, by the server's clock, if it says so. The phone's clock may be wrong: show `LoginProgress`.
    public let expiresAt: Date?
    /// JSON of any type that the web page's maker put into the code, as it is written there, with the control and bidirectional
    /// characters that it may hold. `claims` can be shown.
    public let customData: String?
    /// The entries of the custom data but for what is for the library, in the order in which they are written there, at most 32, made
    /// safe to show. Anyone can make a code that says anything: show them as claims, not as facts. With a verified context, they are
    /// what that says, and nothing else.
    public let claims: [Claim]
    /// Whether the claims are what the web page's server has signed: the client that read the code has verified that, with the
    /// `contextKeys` that it is configured with.
    public let hasVerifiedContext: Bool
    /// What is weak about the code. None of it is a reason to refuse it.
    public let warnings: [CodeWarning]

    /// Makes a code for an app's own tests. `ScanLoginClient` refuses it.
    public init(
        userPoolID: String, createdAt: Date? = nil, expiresAt: Date? = nil, customData: String? = nil, claims: [Claim] = [],
        warnings: [CodeWarning] = [], source: CodeSource = .camera, hasVerifiedContext: Bool = false
    ) {
        text = ""
        self.source = source
        self.userPoolID = userPoolID
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.customData = customData
        self.claims = claims
        self.warnings = warnings
        self.hasVerifiedContext = hasVerifiedContext
    }

    init(_ code: ScanLoginGenerated.LoginCode) {
        let date = { (millis: Int64) in Date(timeIntervalSince1970: Double(millis) / 1000) }
        text = code.text
        source = CodeSource(code.source)
        userPoolID = code.userPoolId
        createdAt = code.createdAtMillis.map(date)
        expiresAt = code.expiresAtMillis.map(date)
        customData = code.customData
        claims = code.claims.map { Claim(name: $0.name, value: $0.value) }
        warnings = code.warnings.map(CodeWarning.init)
        hasVerifiedContext = code.hasVerifiedContext
    }

    public var description: String { "LoginCode(userPoolID: \(userPoolID))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["userPoolID": userPoolID, "expiresAt": expiresAt as Any]) }
}

extension LoginCode {
    public static func == (one: LoginCode, other: LoginCode) -> Bool {
        (one.text, one.userPoolID, one.createdAt, one.expiresAt, one.customData)
            == (other.text, other.userPoolID, other.createdAt, other.expiresAt, other.customData)
            && one.claims == other.claims && one.hasVerifiedContext == other.hasVerifiedContext && one.warnings == other.warnings
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(text)
        hasher.combine(userPoolID)
    }
}

/// What a code says of the login in an entry of its custom data, made safe to show: in one line, of at most 120 characters each. A
/// text that looks like a link is just a text: do not make it one.
public struct Claim: Sendable, Hashable {
    /// The entry's name; empty when the custom data is a single value.
    public let name: String
    /// Its value: a text as it is, anything else as compact JSON.
    public let value: String

    /// Makes a claim for an app's own tests.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// A one-time PIN that ties a login to the user of this phone. It prints without its digits.
public struct BindingPIN: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Six decimal digits, for the user's eyes.
    public let digits: String
    /// How long it may be used, from when it was issued.
    public let validForSeconds: Int

    /// Makes a PIN for an app's own tests.
    public init(digits: String, validForSeconds: Int) {
        self.digits = digits
        self.validForSeconds = validForSeconds
    }

    public var description: String { "BindingPIN(validForSeconds: \(validForSeconds))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["validForSeconds": validForSeconds]) }
}

/// Where a login code was read from.
public enum CodeSource: Sendable {
    /// A camera preview: `scan(_:)` and `makeFrameScanner()`.
    case camera
    /// An image: `readImage(_:)` and `readFrame(_:)`.
    case image
    /// A text that the app got in another way: `readText(_:)`.
    case text
    /// A link that opened the app: `readLink(_:)`.
    case link

    init(_ source: ScanLoginGenerated.CodeSource) {
        self =
            switch source {
            case .camera: .camera
            case .image: .image
            case .text: .text
            case .link: .link
            }
    }

    var generated: ScanLoginGenerated.CodeSource {
        switch self {
        case .camera: .camera
        case .image: .image
        case .text: .text
        case .link: .link
        }
    }
}

/// What is weak about a code that may be used: for logs, and for an app that wants to say more on the screen that asks.
public enum CodeWarning: Sendable {
    /// The id has fewer than 128 bits, by its length and the kinds of characters in it: someone else might guess it.
    case shortID
    /// The code lives for more than 10 minutes, the longest time that NIST SP 800-63B-4 (3.1.3) allows.
    case longLife
    /// The code does not say both when it was made and when it expires.
    case unknownLife

    init(_ warning: ScanLoginGenerated.CodeWarning) {
        self =
            switch warning {
            case .shortId: .shortID
            case .longLife: .longLife
            case .unknownLife: .unknownLife
            }
    }
}
