import Foundation
internal import ScanLoginGenerated

/// Where the user's account lives, and how to talk to it. What is nil is as by default.
public struct ScanLoginConfig: Sendable, Hashable {
    /// The id of the application, from the console.
    public var appID: String
    /// The id of the user pool that the signed-in user belongs to; codes of other pools are refused.
    public var userPoolID: String
    /// Scheme, host and, if need be, port, such as `https://example.genauth.ai`. Nothing else decides where requests go.
    public var baseURL: URL
    /// Which generation of the API to call. By default `.v2`, as the vendor's own SDKs do.
    public var api: APIVersion?
    /// What the headers' names begin with; white-label editions have their own. By default `x-authing`.
    public var headerPrefix: String?
    /// How the token is written in the `Authorization` header. By default `.bearer`.
    public var authorization: AuthorizationForm?
    /// The language of the server's messages, which are for logs. By default `.english`.
    public var language: Language?
    /// How long a call may take in all, with its retries, in seconds: 0.1 to 600. By default 15.
    public var timeoutInterval: TimeInterval?
    /// Allows `http` when the host is a loopback address such as `127.0.0.1`. For tests. By default false.
    public var allowsInsecureLoopback: Bool?
    /// Certificates of the authorities to trust, as PEM. By default, or with none, those that Mozilla trusts.
    public var rootCertificates: [String]?
    /// Keys that the server must prove to hold, besides a valid certificate. By default any.
    public var pins: Pins?
    /// How long the user's consent lasts when there is a `ConfirmGuard`, in seconds: from `approve()` to the sending of the confirm,
    /// 1 to 300. By default 30.
    public var consentMaxAge: TimeInterval?
    /// The public keys that the web page's server may sign a code's context with, each the text of a JWK of Ed25519 or P-256. By
    /// default none; nothing is verified.
    public var contextKeys: [String]?
    /// Refuses codes without a signed context, with `.contextNotVerified`. By default false.
    public var requiresVerifiedContext: Bool?
    /// What an image may cost.
    public var imageLimits = ImageLimits()
    /// Where codes may be read from. By default everywhere but `.link`, since a link is opened on the device that shows it.
    public var allowedSources: Set<CodeSource>?
    /// The origins of links that may carry a code, such as `https://login.example.com`. By default none.
    public var allowedLinkOrigins: [URL]?
    /// How long a code may live, from when it was made until it expires, in seconds: 1 to 2,678,400, which is 31 days. Under any
    /// other limit, codes that do not say both are refused, too. NIST SP 800-63B-4 (3.1.3) allows 600. By default 31 days.
    public var maxCodeLife: TimeInterval?
    /// Refuses codes without the PIN that `bindingPIN()` has issued. The web page has to ask for it. By default false.
    public var requiresBindingPIN: Bool?

    /// Makes a configuration of what is required; the rest is as by default until it is set.
    public init(appID: String, userPoolID: String, baseURL: URL) {
        self.appID = appID
        self.userPoolID = userPoolID
        self.baseURL = baseURL
    }

    /// `timeoutInterval` as a duration, where the system has them.
    @available(iOS 16, macOS 13, tvOS 16, watchOS 9, *)
    public var timeout: Duration? {
        get { timeoutInterval.map { .seconds($0) } }
        set { timeoutInterval = newValue.map { Double($0.components.seconds) + Double($0.components.attoseconds) / 1e18 } }
    }

    /// Which calls the server is sent.
    public enum APIVersion: Sendable {
        /// `/api/v2/qrcode/…`, as the vendor's own SDKs do.
        case v2
        /// `/api/qrcode/…`, as the English GenAuth page writes it.
        case v2Unversioned
        /// `/api/v3/set-qrcode-status`.
        case v3
    }

    /// How the token stands in the `Authorization` header.
    public enum AuthorizationForm: Sendable {
        /// `Bearer` and the token.
        case bearer
        /// The token alone.
        case raw
    }

    /// A language that the texts for users and the server's messages come in.
    public enum Language: Sendable {
        /// English.
        case english
        /// Simplified Chinese.
        case simplifiedChinese
    }

    /// Keys that the server must prove to hold.
    public struct Pins: Sendable, Hashable {
        /// Base64 of the SHA-256 of the SubjectPublicKeyInfo of the server's own certificate, at least two: one in use, one in
        /// reserve.
        public var sha256: [String]
        /// When to stop insisting, by the phone's clock, so that an app that is never updated goes on to work; nil for never.
        public var until: Date?

        /// Makes pins that end when this says.
        public init(sha256: [String], until: Date? = nil) {
            self.sha256 = sha256
            self.until = until
        }
    }

    /// What an image may cost. Over a limit it is refused before it is decoded. What is nil is as by default.
    public struct ImageLimits: Sendable, Hashable {
        /// The size of the encoded image, in bytes. By default 20 MiB.
        public var maxBytes: Int?
        /// Width times height. By default 50 million.
        public var maxPixels: Int?
        /// The memory that decoding may take, in bytes. By default 256 MiB.
        public var maxMemory: Int?

        /// Makes limits of which some are not as by default.
        public init(maxBytes: Int? = nil, maxPixels: Int? = nil, maxMemory: Int? = nil) {
            self.maxBytes = maxBytes
            self.maxPixels = maxPixels
            self.maxMemory = maxMemory
        }
    }

    // Nothing has a default on the other side: a new setting does not compile until it is here.
    var generated: Config {
        Config(
            appId: appID,
            userPoolId: userPoolID,
            baseUrl: baseURL.absoluteString,
            api: api?.generated,
            headerPrefix: headerPrefix,
            authorization: authorization?.generated,
            language: language?.generated,
            timeoutMillis: timeoutInterval.map(millis),
            allowInsecureLoopback: allowsInsecureLoopback,
            rootCertificates: rootCertificates,
            pins: pins.map { .init(sha256: $0.sha256, untilMillis: $0.until.map { millis($0.timeIntervalSince1970) }) },
            consentMaxAgeMillis: consentMaxAge.map(millis),
            contextKeys: contextKeys,
            requireVerifiedContext: requiresVerifiedContext,
            imageLimits: .init(
                maxBytes: imageLimits.maxBytes.map(Int64.init), maxPixels: imageLimits.maxPixels.map(Int64.init),
                maxMemory: imageLimits.maxMemory.map(Int64.init)),
            allowedSources: allowedSources?.map(\.generated),
            allowedLinkOrigins: allowedLinkOrigins?.map(\.absoluteString),
            maxCodeLifeMillis: maxCodeLife.map(millis),
            requireBindingPin: requiresBindingPIN)
    }
}

/// Seconds in milliseconds; what no number holds is the nearest one.
private func millis(_ seconds: TimeInterval) -> Int64 {
    Int64(exactly: (seconds * 1000).rounded()) ?? (seconds > 0 ? .max : .min)
}

extension ScanLoginConfig.APIVersion {
    fileprivate var generated: ApiVersion {
        switch self {
        case .v2: .v2
        case .v2Unversioned: .v2Unversioned
        case .v3: .v3
        }
    }
}

extension ScanLoginConfig.AuthorizationForm {
    fileprivate var generated: ScanLoginGenerated.AuthorizationForm {
        switch self {
        case .bearer: .bearer
        case .raw: .raw
        }
    }
}

extension ScanLoginConfig.Language {
    fileprivate var generated: ScanLoginGenerated.Language {
        switch self {
        case .english: .english
        case .simplifiedChinese: .simplifiedChinese
        }
    }

    /// The first of the user's languages that is one of these, else English.
    static var preferred: Self {
        for language in Locale.preferredLanguages {
            if language.hasPrefix("en") { return .english }
            let isTraditional = ["zh-Hant", "zh-TW", "zh-HK", "zh-MO"].contains(where: language.hasPrefix)
            if language.hasPrefix("zh") && !isTraditional { return .simplifiedChinese }
        }
        return .english
    }
}
